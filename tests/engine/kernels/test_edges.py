"""Where the compiled kernels could go wrong and random tables seldom lead: whole shards, ends of ranges, sums."""

import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from roarbase.engine.kernels import groups
from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.fast import FastKernels
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import (
    BLOCK_POSITIONS,
    SHARD_POSITIONS,
    Dimension,
    DimensionKind,
    Extreme,
    Kernels,
    Op,
    Program,
    Shards,
    Total,
)
from tests.engine.kernels.generated import GREATEST, LEAST, make_table

PLAIN = PlainKernels()
ALL = Program.of()
KEPT: list[NDArray[np.generic]] = []


def one_column(values: NDArray[np.generic], base: int = 0, shards: int = 1) -> Shards:
    """A table of equal shards: every position exists and has a value in the column at slot 1."""
    memory = np.zeros(values.nbytes // 8 + 8, dtype=np.int64)
    start = -memory.ctypes.data % 64 // 8
    memory[start : start + values.nbytes // 8] = values.view(np.int64)
    exists = np.full(len(values) // 64, -1, dtype=np.int64)
    KEPT.extend([memory, exists])
    line = [exists.ctypes.data, memory[start:].ctypes.data, 0, 0]
    table = np.array([line] * shards, dtype=np.int64)
    widths, bases = np.full_like(table, values.itemsize), np.full_like(table, base)
    return Shards(table, widths, bases, np.full(shards, len(values), dtype=np.int64))


BOUNDS = [LEAST, LEAST + 1, -(2**33), -129, -128, -1, 0, 1, 127, 128, 255, 256, 65535, 2**32, GREATEST - 1, GREATEST]


COLUMNS = [
    (width, base)
    for width in (1, 2, 4)
    for base in (0, -1, 100, LEAST, LEAST + 3, GREATEST - 2**32 + 1, GREATEST - 255)
    if base + 2 ** (8 * width) - 1 <= GREATEST
]


@pytest.mark.parametrize(("width", "base"), [*COLUMNS, (8, 0)])
def test_ranges_are_clipped_to_the_width(fast: FastKernels, width: int, base: int) -> None:
    """Any bounds against any base: what cannot be stored does not match, what lies between does."""
    middle = 2 ** (8 * width - 1)
    offsets = np.array([0, 1, 2, 100, middle - 1, middle, 2 ** (8 * width) - 1, 7] * 8, dtype=np.uint64)
    shards = one_column(offsets.astype(f"u{width}"), base)
    for low in [*BOUNDS, base]:
        for high in [*BOUNDS, base]:
            program = Program.of((Op.RANGE, 1, low, high))
            assert fast.count(shards, program) == PLAIN.count(shards, program), (low, high)


def test_a_sum_leaves_64_bits(fast: FastKernels) -> None:
    """Sums are exact far beyond what one int64 holds, in summaries and in groups."""
    shards = one_column(np.full(SHARD_POSITIONS, GREATEST, dtype=np.int64), shards=2)
    count = 2 * SHARD_POSITIONS
    assert fast.total(shards, ALL, 1) == Total(count=count, total=count * GREATEST)
    assert fast.extreme(shards, ALL, 1, greatest=False) == Extreme(value=GREATEST, count=count)
    assert fast.group(shards, ALL, [], 1, 1).total(0) == count * GREATEST
    shards = one_column(np.full(4096, LEAST, dtype=np.int64))
    assert fast.extreme(shards, ALL, 1, greatest=True) == Extreme(value=LEAST, count=4096)
    assert fast.total(shards, ALL, 1).total == fast.group(shards, ALL, [], 1, 1).total(0) == 4096 * LEAST


def test_a_far_base_leaves_64_bits(fast: FastKernels) -> None:
    """Offsets are narrow, yet what they stand for adds up beyond 64 bits."""
    shards = one_column(np.arange(4096, dtype=np.uint16), base=LEAST)
    total = 4096 * LEAST + sum(range(4096))
    assert fast.total(shards, ALL, 1) == Total(count=4096, total=total)
    assert fast.extreme(shards, ALL, 1, greatest=False) == Extreme(value=LEAST, count=1)
    assert fast.extreme(shards, ALL, 1, greatest=True) == Extreme(value=LEAST + 4095, count=1)
    assert fast.group(shards, ALL, [], 1, 1).total(0) == total


def test_nothing_selected(fast: FastKernels) -> None:
    """No shard, no record, no program that matches: zeros, no least and no greatest, no positions."""
    none = Program.of((Op.EMPTY, 0, 0, 0))
    empty = Shards(*(np.zeros((0, 4), dtype=np.int64) for _ in range(3)), np.zeros(0, dtype=np.int64))
    for shards, program in ((empty, ALL), (one_column(np.zeros(64, dtype=np.uint8)), none)):
        assert fast.count(shards, program) == 0
        assert fast.total(shards, program, 1) == Total(count=0, total=0)
        assert fast.extreme(shards, program, 1, greatest=True) is None
        assert fast.group(shards, program, [], 1).counts.tolist() == [0]
        assert fast.row_counts(shards, program, 1, 2).tolist() == [0, 0]
        assert fast.emit(shards, program, 5).tolist() == []
        assert fast.bitmap(shards, program, np.zeros(len(shards.extents), dtype=np.int64)).sum() == 0


@pytest.mark.parametrize("limit", [0, 1, 5, 16_384, 65_537, 300_000, 10**9])
def test_positions_come_from_whole_shards(fast: FastKernels, limit: int) -> None:
    """However many are asked for, they are the first, or the last, in order, over the ends of shards."""
    values = np.zeros(SHARD_POSITIONS, dtype=np.uint8)
    values[[0, 7, BLOCK_POSITIONS, SHARD_POSITIONS - 1]] = 1
    values[200_000:400_000:3] = 1
    shards, program = one_column(values, shards=3), Program.of((Op.RANGE, 1, 1, 1))
    for reverse in (False, True):
        expected = PLAIN.emit(shards, program, limit, reverse)
        assert np.array_equal(fast.emit(shards, program, limit, reverse), expected)
        assert len(expected) == min(limit, 3 * np.count_nonzero(values))


def test_a_call_that_counts_far_goes_in_runs(fast: FastKernels, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a histogram's counter could overflow the blocks are taken in several runs, with the same answer."""
    shards = one_column(np.arange(SHARD_POSITIONS, dtype=np.int64).astype(np.uint8), shards=2)
    dimension = Dimension(DimensionKind.NUMBERS, 1)
    expected = fast.group(shards, ALL, [dimension], 257).counts
    monkeypatch.setattr(groups, "_MOST_COUNTED", 7 * BLOCK_POSITIONS)
    assert fast.group(shards, ALL, [dimension], 257).counts.tolist() == expected.tolist()
    assert expected.tolist() == [0, *[SHARD_POSITIONS // 128] * 256]


@pytest.mark.parametrize("size", [1, 5, 256])
def test_a_cell_beyond_the_last_is_harmless(fast: FastKernels, size: int) -> None:
    """A size that is too small loses what is beyond it and touches nothing else."""
    shards = one_column(np.arange(4096, dtype=np.int64).astype(np.uint8))
    found = fast.group(shards, ALL, [Dimension(DimensionKind.NUMBERS, 1)], size)
    assert found.counts.tolist() == [0, *[16] * (size - 1)]


def test_too_many_cells_are_refused(fast: FastKernels) -> None:
    """More cells than can be numbered is an error, not a wrong answer."""
    with pytest.raises(ValueError, match="group cells"):
        fast.group(one_column(np.zeros(64, dtype=np.uint8)), ALL, [], 2**31 + 1)


def test_tables_may_be_read_only(fast: FastKernels) -> None:
    """A frozen table and program are as good as any."""
    shards = one_column(np.arange(64, dtype=np.uint8))
    for array in (shards.table, shards.widths, shards.bases, shards.extents):
        array.setflags(write=False)
    program = Program.of((Op.RANGE, 1, 1, 10))
    program.rows.setflags(write=False)
    assert fast.count(shards, program) == 10
    assert fast.total(shards, program, 1).total == 55


def test_a_deep_program(fast: FastKernels) -> None:
    """The stack grows with the program."""
    shards = one_column(np.arange(64, dtype=np.uint8))
    pushes = [(Op.RANGE, 1, n, n) for n in range(50)]
    program = Program.of(*pushes, *[(Op.OR, 0, 0, 0)] * 49)
    assert program.depth == 50
    assert fast.count(shards, program) == 50


def test_many_callers_at_once(entries: Entries) -> None:
    """Threads that ask at the same time share helpers and get their own answers."""
    kernels = FastKernels(entries, threads=3, worth_waking_ps=0)
    tables = [make_table(seed, [BLOCK_POSITIONS * 3, 4096, 64]) for seed in range(4)]
    program = Program.of((Op.BITMAP, 0, 0, 0), (Op.AND_CODE, 8, 2, 3))
    dimension = Dimension(DimensionKind.CODES, 8, planes=3)
    wrong: list[int] = []

    def answers(asked: Kernels, shards: Shards) -> tuple[int, list[int]]:
        return asked.count(shards, program), asked.group(shards, program, [dimension], 7).counts.tolist()

    def ask(number: int) -> None:
        shards = tables[number].shards
        expected = answers(PLAIN, shards)
        wrong.extend(number for _ in range(100) if answers(kernels, shards) != expected)

    callers = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    kernels.close()
    assert wrong == []
    assert kernels.count(tables[0].shards, program) == PLAIN.count(tables[0].shards, program)
