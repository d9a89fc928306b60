"""Marking and probing: the compiled kernels do what the plain ones do, and both what a set of numbers says."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from roarbase.engine.kernels.fast import FastKernels
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import SHARD_POSITIONS, Kernels, Op, Program, Shards
from tests.engine.kernels.generated import BLOCK_POSITIONS, EXTENTS, NUMBERS, Table, make_table, programs
from tests.support.samples import sample

PLAIN = PlainKernels()
CHECKS = settings(max_examples=sample(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
SHARD_WORDS = SHARD_POSITIONS // 64


def bits_of(seed: int, shards: int) -> NDArray[np.uint64]:
    """Every second bit of the bitmap of another table."""
    return np.random.default_rng(seed).integers(0, 2**64, shards * SHARD_WORDS, np.uint64)


def marked(kernels: Kernels, table: Table, program: Program, slot: int, marks: NDArray[np.uint64]) -> bytes:
    own = marks.copy()
    kernels.mark(table.shards, program, slot, own)
    return own.tobytes()


def probed(
    kernels: Kernels, table: Table, program: Program, slot: int, marks: NDArray[np.uint64]
) -> tuple[list[int], list[bytes]]:
    into = [np.full(SHARD_WORDS, 0xA5, np.uint64) for _ in table.shards.extents]
    addresses = np.array([buffer.ctypes.data for buffer in into], np.int64)
    addresses[1:2] = 0
    counts = kernels.probe(table.shards, program, slot, marks, addresses)
    return counts.tolist(), [buffer.tobytes() for buffer in into]


@CHECKS
@given(st.data(), st.sampled_from(NUMBERS), st.integers(0, 3))
def test_marks_and_probes_agree(fast: FastKernels, data: st.DataObject, slot: int, shards: int) -> None:
    """Any column, any selection, any bitmap: the same bits set, the same records found, nothing else touched."""
    seed = data.draw(st.integers(0, 2**32))
    table = make_table(seed, data.draw(st.lists(st.sampled_from(EXTENTS), max_size=3)))
    program = data.draw(programs(table.numbers))
    marks = bits_of(seed, shards)
    assert marked(fast, table, program, slot, marks) == marked(PLAIN, table, program, slot, marks)
    assert probed(fast, table, program, slot, marks) == probed(PLAIN, table, program, slot, marks)


def column_of(values: NDArray[np.int64], width: int) -> tuple[Shards, list[NDArray[np.generic]]]:
    """One shard with one number column at slot 1, every record having a number; keep what comes second."""
    exists = np.full(len(values) // 64, 2**64 - 1, np.uint64)
    stored = values.astype(f"i{width}" if width == 8 else f"u{width}")
    table = np.array([[exists.ctypes.data, stored.ctypes.data, 0, 0]], np.int64)
    widths = np.full((1, 4), width, np.int64)
    extents = np.array([len(values)], np.int64)
    return Shards(table, widths, np.zeros((1, 4), np.int64), extents), [exists, stored]


@pytest.mark.parametrize("width", [4, 8])
@pytest.mark.parametrize("is_sorted", [False, True])
def test_each_number_is_one_bit(fast: FastKernels, width: int, is_sorted: bool) -> None:
    """Over several shards of the other table, at their edges, repeated or not, in order or not."""
    random = np.random.default_rng(width)
    edges = [0, 1, 63, 64, SHARD_POSITIONS - 1, SHARD_POSITIONS, 2 * SHARD_POSITIONS - 1, 2 * SHARD_POSITIONS, 2**31]
    values = np.concatenate((edges, random.integers(0, 3 * SHARD_POSITIONS, 2 * BLOCK_POSITIONS - len(edges))))
    if width == 8:
        values[20:30] = [-1, -(2**63), 2**63 - 1, *range(-7, 0)]
    if is_sorted:
        values.sort()
    shards, _kept = column_of(values, width)
    everything = Program.of((Op.BITMAP, 0, 0, 0))
    for kernels in (fast, PLAIN):
        marks = np.zeros(2 * SHARD_WORDS, np.uint64)
        kernels.mark(shards, everything, 1, marks)
        bits = np.flatnonzero(np.unpackbits(marks.view(np.uint8), bitorder="little"))
        expected = np.unique(values[(values >= 0) & (values < 2 * SHARD_POSITIONS)])
        assert np.array_equal(bits, expected)
        into = np.zeros(len(values) // 64, np.uint64)
        counts = kernels.probe(shards, everything, 1, marks, np.array([into.ctypes.data], np.int64))
        found = np.flatnonzero(np.unpackbits(into.view(np.uint8), bitorder="little"))
        assert np.array_equal(found, np.flatnonzero(np.isin(values, expected)))
        assert counts.tolist() == [len(found)]
