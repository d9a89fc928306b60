"""What a kernel call touches: by shard, by width, and by what the zones of blocks say."""

import numpy as np
import pytest

from roarbase.engine.kernels.noted import KernelCall, NotedKernels
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import BLOCK_POSITIONS, Dimension, DimensionKind, Op, Program, Shards
from roarbase.engine.kernels.touched import touched_bytes
from tests.engine.kernels.generated import NUMBERS, PLANES, ROWS, make_table

EXTENT = 2 * BLOCK_POSITIONS + 64
ZONES = np.array([[0, 10], [20, 30], [1, 0]], np.int64)
"""Of a block from 0 to 10, one from 20 to 30, and one without a value."""


class RefusedError(Exception):
    """Not to be made."""


def shards_of() -> Shards:
    """Two shards: exists; numbers of 2 bytes with zones, then of 1 without; two planes of 1 byte in the second only."""
    table = np.array([[8, 8, 0, ZONES.ctypes.data, 0, 0], [8, 8, 8, 0, 8, 8]], np.int64)
    widths = np.array([[0, 2, 0, 0, 0, 0], [0, 1, 0, 0, 1, 0]], np.int64)
    return Shards(table, widths, np.zeros((2, 6), np.int64), np.array([EXTENT, 640], np.int64))


@pytest.mark.parametrize(
    ("operation", "touched"),
    [
        ((Op.EMPTY, 0, 0, 0), 0),
        ((Op.BITMAP, 0, 0, 0), (EXTENT + 640) // 8),
        ((Op.BITMAP, 4, 0, 0), 640 // 8),
        ((Op.CODE, 4, 1, 2), 2 * 640),
        # In the first shard both blocks with values, one, and none; the second has no zones, but knows who has a value.
        ((Op.RANGE, 1, 5, 25), 2 * 2 * BLOCK_POSITIONS + 640 + 640 // 8),
        ((Op.RANGE, 1, 5, 19), 2 * BLOCK_POSITIONS + 640 + 640 // 8),
        ((Op.RANGE, 1, 0, 30), 640 + 640 // 8),
        ((Op.AND_RANGE, 1, 11, 19), 640 + 640 // 8),
    ],
)
def test_operations(operation: tuple[int, int, int, int], touched: int) -> None:
    """Each operation touches what it has to read, in those shards and blocks where it has to."""
    program = Program(rows=np.array([operation], np.int64), depth=1)
    assert touched_bytes(KernelCall(shards_of(), program)) == touched


def test_programs_add_up() -> None:
    """Operations beside one another are added up; no program reads which records exist."""
    shards = shards_of()
    both = Program.of((Op.BITMAP, 0, 0, 0), (Op.AND_CODE, 4, 1, 2))
    assert touched_bytes(KernelCall(shards, both)) == (EXTENT + 640) // 8 + 2 * 640
    assert touched_bytes(KernelCall(shards, Program.of())) == (EXTENT + 640) // 8
    assert touched_bytes(KernelCall(shards, Program.of(), columns=((1, 1),))) == (EXTENT + 640) // 8 + 2 * EXTENT + 640
    assert touched_bytes(KernelCall(None, None, positions=10, position_bytes=2 + 2)) == 10 * (2 + 2)
    assert touched_bytes(KernelCall(shards, Program.of(), shards_read=1)) == EXTENT // 8


def test_every_call_is_noted_and_answered() -> None:
    """Whoever watches is told before and after; the answers are the same, and what is raised before ends the call."""
    table, plain, told = make_table(3, [640]), PlainKernels(), []
    watched = NotedKernels(plain, before=told.append, after=told.append)
    shards, every, none = table.shards, Program.of(), np.zeros(1, np.int64)
    places = np.stack([each[:, NUMBERS[0] : NUMBERS[0] + 3].T for each in (shards.table, shards.widths, shards.bases)])
    dimension = Dimension(DimensionKind.CODES, 7, stride=1, planes=PLANES[7])
    asks = (
        lambda k: k.count(shards, every),
        lambda k: k.total(shards, every, NUMBERS[0]),
        lambda k: k.extreme(shards, every, NUMBERS[0], greatest=True),
        lambda k: k.group(shards, every, (dimension,), 7, NUMBERS[0]).counts.tolist(),
        lambda k: k.row_counts(shards, every, ROWS, 2).tolist(),
        lambda k: k.pair_counts(shards, every, ROWS, 2, ROWS + 2, 2).tolist(),
        lambda k: k.emit(shards, every, 3).tolist(),
        lambda k: [[part.tolist() for part in pair] for pair in k.take(np.array([1, 2]), [places], [False])],
        lambda k: k.bitmap(shards, every, none).tolist(),
        lambda k: k.mark(shards, every, NUMBERS[0], np.zeros(8, np.uint64)),
        lambda k: k.probe(shards, every, NUMBERS[0], np.zeros(8, np.uint64), none).tolist(),
    )
    for ask in asks:
        told.clear()
        assert ask(watched) == ask(plain)
        assert len(told) == 2
        assert told[0] is told[1]
        assert touched_bytes(told[0]) >= 0
    assert watched.writes is plain.writes
    assert watched.maps is plain.maps

    def refuse(_: KernelCall) -> None:
        raise RefusedError

    with pytest.raises(RefusedError):
        NotedKernels(plain, before=refuse).count(shards, every)
