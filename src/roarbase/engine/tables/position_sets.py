"""Sets of positions as the log keeps them: shard by shard, in whichever form takes the fewest bytes.

Ten million records take 1.3 MB at most: a bitmap, where they neither lie in stretches nor are few.
"""

from collections.abc import Iterable

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, ranges
from roarbase.engine.storage.entries import BitPositions, ListedPositions, RunPositions, ShardPositions
from roarbase.engine.storage.packing import pack, unpack

__all__ = ["count_positions", "pack_positions", "unpack_positions"]

_BYTE_BITS = 8


def pack_positions(shard: int, inside: Int64s) -> ShardPositions:
    """Positions of one shard, at least one, ascending and each once, as the log keeps them.

    >>> type(pack_positions(0, np.arange(1000))).__name__
    'RunPositions'
    """
    is_start = np.ones(len(inside), np.bool_)
    is_start[1:] = inside[1:] != inside[:-1] + 1
    places = np.flatnonzero(is_start)
    run_bytes = len(places) * _pair_bytes(inside)
    bit_bytes = int(inside[-1] // _BYTE_BITS - inside[0] // _BYTE_BITS) + 1
    list_bytes = len(inside) * _width(int(inside[-1] - inside[0]))
    if run_bytes < min(bit_bytes, list_bytes):
        lengths = np.diff(np.r_[places, len(inside)])
        return RunPositions(shard=shard, starts=pack(inside[places]), lengths=pack(lengths))
    if bit_bytes < list_bytes:
        return _as_bits(shard, inside)
    return ListedPositions(shard=shard, inside=pack(inside))


def unpack_positions(packed: ShardPositions) -> Int64s:
    """The positions within the shard, ascending.

    >>> unpack_positions(pack_positions(0, np.array([3, 5, 9]))).tolist()
    [3, 5, 9]
    """
    match packed:
        case ListedPositions():
            return unpack(packed.inside, np.int64)
        case RunPositions():
            return ranges(unpack(packed.starts, np.int64), unpack(packed.lengths, np.int64))
        case BitPositions():
            mask = np.unpackbits(np.frombuffer(packed.bits, np.uint8), bitorder="little").view(np.bool_)
            return np.flatnonzero(mask) + _BYTE_BITS * packed.start


def count_positions(packed: Iterable[ShardPositions]) -> int:
    """How many positions there are in all of these."""
    return sum(len(unpack_positions(part)) for part in packed)


def _as_bits(shard: int, inside: Int64s) -> BitPositions:
    start = int(inside[0]) // _BYTE_BITS
    mask = np.zeros(int(inside[-1]) - _BYTE_BITS * start + 1, np.bool_)
    mask[inside - _BYTE_BITS * start] = True
    return BitPositions(shard=shard, start=start, bits=np.packbits(mask, bitorder="little").tobytes())


def _width(span: int) -> int:
    """Bytes per number that `pack` needs for this span."""
    return 1 if span < 1 << 8 else 2 if span < 1 << 16 else 4


def _pair_bytes(inside: Int64s) -> int:
    """Bytes for the start and the length of a run, at most."""
    return 2 * _width(int(inside[-1] - inside[0]))
