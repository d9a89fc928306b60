"""The write kernels in plain numpy: the model of the compiled ones, and what writes until those are there."""

import ctypes
from collections.abc import Iterator

import numpy as np
from numpy.typing import DTypeLike, NDArray

from roarbase.engine.kernels.port import BLOCK_POSITIONS, NOT_NULL_OFFSET, SHARD_POSITIONS, WORD_BITS, ZONES_OFFSET

__all__ = ["PlainWrites"]

_Int64s = NDArray[np.int64]
_Flags = NDArray[np.uint8]

_TYPES: dict[int, DTypeLike] = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.int64}
_ONE = np.uint64(1)


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
        out_old: _Int64s,
        out_had: _Flags,
    ) -> None:
        for shard, here, inside in _by_shard(positions):
            column = _column(addresses[0, shard], widths[0, shard], inside)
            not_null = _words(addresses[NOT_NULL_OFFSET, shard], inside)
            written = here[is_value[here] != 0]
            if not_null is not None:
                out_had[here] = _bits(not_null, inside)
            else:
                out_had[here] = 0 if column is None else 1 - is_fresh[here]
            had = here[out_had[here] != 0]
            if column is not None:
                base = bases[0, shard]
                out_old[had] = column[positions[had] % SHARD_POSITIONS].astype(np.int64) + base
                column[positions[written] % SHARD_POSITIONS] = (values[written] - base).astype(column.dtype)
                _widen(addresses[ZONES_OFFSET, shard], positions[written] % SHARD_POSITIONS, values[written])
            if not_null is not None:
                _change(not_null, inside, is_value[here])

    def swap_codes(
        self, addresses: _Int64s, widths: _Int64s, positions: _Int64s, codes: _Int64s, out_old: _Int64s
    ) -> None:
        out_old[:] = -1
        for shard, here, inside in _by_shard(positions):
            plane = _column(addresses[0, shard], widths[0, shard], inside)
            if plane is not None:
                out_old[here] = plane[inside].astype(np.int64) - 1
                plane[inside] = codes[here] + 1

    def find_slots(
        self, addresses: _Int64s, widths: _Int64s, positions: _Int64s, codes: _Int64s, out_slots: _Int64s
    ) -> None:
        for shard, here, inside in _by_shard(positions):
            columns = (_column(address, widths[0, shard], inside) for address in addresses[:, shard])
            planes = [plane for plane in columns if plane is not None]
            there = np.array([plane[inside].astype(np.int64) for plane in planes]).reshape(len(planes), len(here))
            is_new = ~(there == codes[here] + 1).any(axis=0)
            filled = np.count_nonzero(there, axis=0)
            first = np.searchsorted(inside, inside)
            before = np.cumsum(is_new) - is_new
            out_slots[here] = np.where(is_new, filled + before - before[first], -1)

    def put_codes(
        self, addresses: _Int64s, widths: _Int64s, positions: _Int64s, codes: _Int64s, slots: _Int64s
    ) -> None:
        for shard, here, inside in _by_shard(positions):
            for slot in np.unique(slots[here][slots[here] >= 0]).tolist():
                chosen = slots[here] == slot
                plane = _column(addresses[slot, shard], widths[0, shard], inside)
                assert plane is not None
                plane[inside[chosen]] = codes[here][chosen] + 1

    def change_bits(self, addresses: _Int64s, bitmaps: _Int64s, positions: _Int64s, is_set: _Flags) -> None:
        for bitmap in np.unique(bitmaps).tolist():
            of_bitmap = np.flatnonzero(bitmaps == bitmap)
            for shard, here, inside in _by_shard(positions[of_bitmap]):
                words = _words(addresses[bitmap, shard], inside)
                if words is not None:
                    _change(words, inside, is_set[of_bitmap[here]])

    def has_bits(self, addresses: _Int64s, positions: _Int64s, out_has: _Flags) -> None:
        out_has[:] = 0
        for shard, here, inside in _by_shard(positions):
            words = _words(addresses[shard], inside) if shard < len(addresses) else None
            if words is not None:
                out_has[here] = _bits(words, inside)


def _by_shard(positions: _Int64s) -> Iterator[tuple[int, _Int64s, _Int64s]]:
    """Each shard with the indexes of its positions, in their order, and where they stand in it."""
    shards = positions // SHARD_POSITIONS
    for shard in np.unique(shards).tolist():
        here = np.flatnonzero(shards == shard)
        yield shard, here, positions[here] % SHARD_POSITIONS


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
