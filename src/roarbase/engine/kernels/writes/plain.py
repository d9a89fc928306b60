"""The write kernels in plain numpy: the model of the compiled ones, and what writes until those are there."""

import ctypes
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import DTypeLike, NDArray

from roarbase.engine.kernels.port import BLOCK_POSITIONS, NOT_NULL_OFFSET, SHARD_POSITIONS, WORD_BITS, ZONES_OFFSET
from roarbase.engine.kernels.writes.port import ADDED, HELD, WAITS

__all__ = ["PlainWrites"]

_Int64s = NDArray[np.int64]
_UInt64s = NDArray[np.uint64]
_Flags = NDArray[np.uint8]

_TYPES: dict[int, DTypeLike] = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.int64}
_ONE = np.uint64(1)
_WHOLE = 8
_CODE_BITS = 32
_WORD_BITS = np.uint64(SHARD_POSITIONS.bit_length() - 1 + _CODE_BITS)
_IN_WORD = (_ONE << _WORD_BITS) - _ONE


class PlainWrites:
    """`roarbase.engine.kernels.writes.port.WriteKernels` in plain numpy, shard by shard."""

    def bounds(self, positions: _Int64s, values: _Int64s, out_lows: _Int64s, out_highs: _Int64s) -> None:
        shards = positions // SHARD_POSITIONS
        np.minimum.at(out_lows, shards, values)
        np.maximum.at(out_highs, shards, values)

    def swap_numbers(
        self,
        addresses: _Int64s,
        widths: _Int64s,
        bases: _Int64s,
        positions: _Int64s,
        values: _Int64s,
        is_value: _Flags,
        is_fresh: _Flags,
        held_counts: _Int64s,
        out_old: _Int64s,
        out_had: _Flags,
    ) -> bool:
        given = is_value != 0
        if not _fit(widths[0], bases[0], positions[given] // SHARD_POSITIONS, values[given]):
            return False
        for shard, here, inside in _by_shard(positions):
            column = _column(addresses[0, shard], widths[0, shard], inside)
            not_null = _words(addresses[NOT_NULL_OFFSET, shard], inside)
            written = here[given[here]]
            if not_null is not None:
                out_had[here] = _bits(not_null, inside)
            else:
                out_had[here] = 0 if column is None else 1 - is_fresh[here]
            had = here[out_had[here] != 0]
            held_counts[shard] += len(written) - len(had)
            if column is not None:
                base = bases[0, shard]
                out_old[had] = column[positions[had] % SHARD_POSITIONS].astype(np.int64) + base
                column[positions[written] % SHARD_POSITIONS] = (values[written] - base).astype(column.dtype)
                _widen(addresses[ZONES_OFFSET, shard], positions[written] % SHARD_POSITIONS, values[written])
            if not_null is not None:
                _change(not_null, inside, is_value[here])
        return True

    def swap_codes(
        self,
        addresses: _Int64s,
        widths: _Int64s,
        positions: _Int64s,
        codes: _Int64s,
        counts: _Int64s,
        out_old: _Int64s,
    ) -> bool:
        if ((codes >= 0) & (codes + 1 >= 1 << 8 * widths[0, positions // SHARD_POSITIONS])).any():
            return False
        out_old[:] = -1
        for shard, here, inside in _by_shard(positions):
            plane = _column(addresses[0, shard], widths[0, shard], inside)
            if plane is not None:
                out_old[here] = plane[inside].astype(np.int64) - 1
                plane[inside] = codes[here] + 1
        np.subtract.at(counts, out_old[out_old >= 0], 1)
        np.add.at(counts, codes[codes >= 0], 1)
        return True

    def add_codes(
        self,
        addresses: _Int64s,
        widths: _Int64s,
        positions: _Int64s,
        codes: _Int64s,
        counts: _Int64s,
        out_told: _Flags,
    ) -> int:
        for shard, here, inside in _by_shard(positions):
            width = int(widths[0, shard])
            columns = (_column(address, width, inside) for address in addresses[:, shard])
            planes = [plane for plane in columns if plane is not None]
            pairs = inside << _CODE_BITS | codes[here]
            _, firsts, places = np.unique(pairs, return_index=True, return_inverse=True)
            told = _add_distinct(planes, width, inside[firsts], codes[here[firsts]] + 1, firsts)
            out_told[here] = np.where(told == WAITS, WAITS, HELD)[places]
            out_told[here[firsts]] = told
        np.add.at(counts, codes[out_told == ADDED], 1)
        return int(np.count_nonzero(out_told == WAITS))

    def change_bits(
        self, addresses: _Int64s, numbers: _Int64s, positions: _Int64s, codes: _Int64s, is_set: _Flags
    ) -> int:
        absent = 0
        known = np.flatnonzero((codes >= 0) & (codes < len(numbers)))
        bitmaps = numbers[codes[known]]
        for bitmap in np.unique(bitmaps[bitmaps >= 0]).tolist():
            of_bitmap = known[bitmaps == bitmap]
            for shard, here, inside in _by_shard(positions[of_bitmap]):
                words = _words(addresses[bitmap, shard], inside)
                if words is not None:
                    _change(words, inside, is_set[of_bitmap[here]])
                else:
                    absent += int(np.count_nonzero(is_set[of_bitmap[here]]))
        return absent

    def has_bits(self, addresses: _Int64s, lengths: _Int64s, bits: int, positions: _Int64s, out_has: _Flags) -> None:
        out_has[:] = 0
        for shard, here, inside in _by_shard(positions, 1 << bits):
            if shard < len(addresses):
                is_there = inside < lengths[shard]
                words = _words(addresses[shard], inside[is_there]) if is_there.any() else None
                if words is not None:
                    out_has[here[is_there]] = _bits(words, inside[is_there])

    def has_words(self, runs: _Int64s, lengths: _Int64s, firsts: _Int64s, words: _UInt64s, out_has: _Flags) -> None:
        shards, inside = (words >> _WORD_BITS).astype(np.int64), words & _IN_WORD
        out_has[:] = 0
        for shard in np.unique(shards).tolist():
            here = np.flatnonzero(shards == shard)
            for number in range(int(firsts[shard]), int(firsts[shard + 1])):
                run = _at(int(runs[number]), 8 * int(lengths[number])).view(np.uint64)
                places = np.minimum(np.searchsorted(run, inside[here]), len(run) - 1)
                out_has[here[run[places] == inside[here]]] = 1


def _fit(widths: _Int64s, bases: _Int64s, shards: _Int64s, values: _Int64s) -> bool:
    """Whether each value can stand in its shard's column: 8 bytes hold all, 0 none."""
    width, base = widths[shards], bases[shards]
    # A span that leaves 64 bits wraps around, and is then right without a sign.
    spans = (values - base).view(np.uint64)
    fits = (width == _WHOLE) | ((width > 0) & (values >= base) & (spans >> (8 * width % 64).astype(np.uint64) == 0))
    return bool(fits.all())


def _add_distinct(
    planes: Sequence[NDArray[np.integer]], width: int, inside: _Int64s, wanted: _Int64s, order: _Int64s
) -> _Flags:
    """Write codes plus one, all pairs different, in the order of `order` into what is empty; what to tell of each."""
    by_position = np.lexsort((order, inside))
    inside, wanted = inside[by_position], wanted[by_position]
    there = np.array([plane[inside].astype(np.int64) for plane in planes]).reshape(len(planes), len(inside))
    is_new = ~(there == wanted).any(axis=0)
    is_going = is_new & (wanted < 1 << 8 * width)
    before = np.cumsum(is_going) - is_going
    slots = np.count_nonzero(there, axis=0) + before - before[np.searchsorted(inside, inside)]
    is_going &= slots < len(planes)
    for slot in np.unique(slots[is_going]).tolist():
        chosen = is_going & (slots == slot)
        planes[slot][inside[chosen]] = wanted[chosen]
    told = np.empty(len(inside), np.uint8)
    told[by_position] = np.where(is_going, ADDED, np.where(is_new, WAITS, HELD))
    return told


def _by_shard(positions: _Int64s, width: int = SHARD_POSITIONS) -> Iterator[tuple[int, _Int64s, _Int64s]]:
    """Each shard with the indexes of its positions, in their order, and where they stand in it."""
    shards = positions // width
    for shard in np.unique(shards).tolist():
        here = np.flatnonzero(shards == shard)
        yield shard, here, positions[here] % width


def _at(address: int, size_bytes: int) -> NDArray[np.uint8]:
    """The bytes at an address, to be written to.

    No more of them than the caller has: numpy copies a whole array back where it thinks that two may overlap.
    """
    return np.frombuffer(memoryview((ctypes.c_uint8 * size_bytes).from_address(address)), dtype=np.uint8)


def _column(address: int, width: int, inside: _Int64s) -> NDArray[np.integer] | None:
    """The values or codes of a shard up to the last of these positions."""
    if not address:
        return None
    return _at(int(address), int(width) * (int(inside.max()) + 1)).view(_TYPES[int(width)])


def _words(address: int, inside: _Int64s) -> NDArray[np.uint64] | None:
    """The words of a bitmap up to that of the last of these positions."""
    return _at(int(address), 8 * (int(inside.max()) // WORD_BITS + 1)).view(np.uint64) if address else None


def _bits(words: NDArray[np.uint64], inside: _Int64s) -> _Flags:
    shifts = (inside % WORD_BITS).astype(np.uint64)
    return ((words[inside // WORD_BITS] >> shifts) & _ONE).astype(np.uint8)


def _change(words: NDArray[np.uint64], inside: _Int64s, is_set: _Flags) -> None:
    """One bit after the other in effect: of a position given twice, the last counts."""
    last = len(inside) - 1 - np.unique(inside[::-1], return_index=True)[1]
    inside, is_set = inside[last], is_set[last]
    bits = _ONE << (inside % WORD_BITS).astype(np.uint64)
    chosen = is_set != 0
    np.bitwise_or.at(words, inside[chosen] // WORD_BITS, bits[chosen])
    np.bitwise_and.at(words, inside[~chosen] // WORD_BITS, ~bits[~chosen])


def _widen(address: int, inside: _Int64s, values: _Int64s) -> None:
    if len(inside):
        blocks = inside // BLOCK_POSITIONS
        zones = _at(int(address), 2 * 8 * (int(blocks.max()) + 1)).view(np.int64)
        np.minimum.at(zones[0::2], blocks, values)
        np.maximum.at(zones[1::2], blocks, values)
