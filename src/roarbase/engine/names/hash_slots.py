"""The slots of a hash map, growing segment by segment; `kernels/maps/port.py` says how they lie in memory."""

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, UInt64s
from roarbase.engine.buffers.pages import PAGE_BITS, PagedArray
from roarbase.engine.kernels.maps.port import Hashes, HasMaps, Slots

__all__ = ["SEGMENT_BITS", "HashSlots", "segments_for"]

SEGMENT_BITS = 12
"""At 78 % a segment of 4,096 slots is 16 standard deviations from being full: none ever is."""

_FIRST_BITS = 4
_BEGIN, _END = 46, 50
"""Between 72 and 78 % full, in 64ths, all segments are split one after the other."""

_AT_ONCE = 64
"""Segments split in one step: 2 MB of slots."""

_HASH_BITS = np.uint64(32)
_NUMBER = np.uint64(2**32 - 1)


class HashSlots:
    """Numbers by the hash of their names; 10 to 21 bytes each, whose names stand elsewhere.

    Entering 1,000 numbers moves some 4 segments, however many there are: nobody ever waits for the whole map.

    Attributes:
        slots: As kernels take them; good until the next number is entered.
    """

    def __init__(self, kernels: HasMaps) -> None:
        self._kernels = kernels
        self._count = 0
        self._array: PagedArray[np.uint64] = PagedArray(np.uint64)
        self.slots = _slots(self._array, 0, 1)

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        return self._array.nbytes

    def insert(self, hashes: Hashes, numbers: Int64s) -> None:
        """Enter numbers whose names are not known, all different."""
        self._make_room(self._count + len(hashes))
        self._kernels.maps.insert(self.slots, hashes, numbers)
        self._count += len(hashes)

    def remove(self, hashes: Hashes, numbers: Int64s) -> None:
        """Take out numbers that were entered under these hashes."""
        self._kernels.maps.remove(self.slots, hashes, numbers)
        self._count -= len(hashes)

    def _make_room(self, count: int) -> None:
        """Have so many segments that `count` numbers find room."""
        bits, segments, _ = self._shape()
        if bits < SEGMENT_BITS and 4 * count > 3 << bits:
            self._lengthen(min(max((4 * count // 3).bit_length(), _FIRST_BITS), SEGMENT_BITS))
        needed = segments_for(count)
        while segments < needed:
            segments = self._split(needed)

    def _shape(self) -> tuple[int, int, int]:
        """log2 of the slots in a segment, segments, whole."""
        _, bits, segments, whole = self.slots.shape.tolist()
        return bits, segments, whole

    def _lengthen(self, bits: int) -> None:
        """Make the only segment longer."""
        longer: PagedArray[np.uint64] = PagedArray(np.uint64, first_length=1 << bits)
        longer.reserve_up_to(1 << bits)
        slots = _slots(longer, bits, 1)
        for page in self._array.pages.buffers:
            assert page is not None
            self._enter(slots, page)
        self._array, self.slots = longer, slots

    def _split(self, needed: int) -> int:
        """Split the next segments, up to `needed` of them in all; how many there are then."""
        bits, segments, whole = self._shape()
        count = min(needed - segments, 2 * whole - segments, _AT_ONCE)
        self._array.reserve_up_to((segments + count) << bits)
        before, split = self.slots, self._stretches(segments - whole, count)
        content = [stretch.copy() for stretch in split]
        try:
            for stretch in split:
                stretch[:] = 0
            self.slots = _slots(self._array, bits, segments + count)
            self._enter(self.slots, np.concatenate(content))
        except BaseException:  # MemoryError: nothing may be lost of what was found until now
            for stretch, old in zip(split, content, strict=True):
                stretch[:] = old
            for stretch in self._stretches(segments, count):
                stretch[:] = 0
            self.slots = before
            raise
        return segments + count

    def _stretches(self, first: int, count: int) -> list[UInt64s]:
        """The slots of `count` segments, page by page."""
        start, stop = first << SEGMENT_BITS, (first + count) << SEGMENT_BITS
        stretches = []
        while start < stop:
            page, inside = divmod(start, 1 << PAGE_BITS)
            buffer = self._array.pages.buffers[page]
            assert buffer is not None
            stretches.append(buffer[inside : inside + stop - start])
            start += len(stretches[-1])
        return stretches

    def _enter(self, slots: Slots, entries: UInt64s) -> None:
        """Enter what stands in other slots."""
        entries = entries[entries != 0]
        numbers = (entries & _NUMBER).astype(np.int64) - 1
        self._kernels.maps.insert(slots, (entries >> _HASH_BITS).astype(np.uint32), numbers)


def segments_for(count: int) -> int:
    """How many whole segments hold so many numbers.

    >>> [segments_for(count) for count in (0, 2944, 3000, 3200, 3201, 12800)]
    [1, 1, 2, 2, 2, 8]
    """
    whole = 1
    while count * 64 > whole * _END << SEGMENT_BITS:
        whole *= 2
    beyond = count * 64 - (whole * _BEGIN << SEGMENT_BITS)
    return whole + max(0, -(-beyond // ((_END - _BEGIN) << SEGMENT_BITS)))


def _slots(array: PagedArray[np.uint64], bits: int, segments: int) -> Slots:
    whole = 1 << (segments.bit_length() - 1)
    return Slots(array.pages, np.array([array.pages.bits, bits, segments, whole], np.int64))
