"""The compiled kernels answer what the plain ones answer."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roarbase.engine.kernels.fast import FastKernels
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import SHARD_POSITIONS, Dimension, DimensionKind, Groups, Kernels, Op, Program
from tests.engine.kernels.generated import (
    CODES,
    EXTENTS,
    GREATEST,
    LEAST,
    NUMBERS,
    PLANES,
    ROW_COUNT,
    ROWS,
    Table,
    make_table,
    places_of,
    programs,
)
from tests.support.samples import sample

PLAIN = PlainKernels()
CHECKS = settings(max_examples=sample(20), deadline=None, suppress_health_check=[HealthCheck.too_slow])
SPAN = 40
"""How many different numbers a grouping by numbers covers."""


@st.composite
def questions(draw: st.DrawFn) -> tuple[Table, Program]:
    """A table and a program for it."""
    table = make_table(draw(st.integers(0, 2**32)), draw(st.lists(st.sampled_from(EXTENTS), max_size=3)))
    return table, draw(programs(table.numbers))


QUESTIONS = questions()


@CHECKS
@given(QUESTIONS, st.sampled_from([0, 1, 2, 100, 5000, 10**9]))
def test_selections_agree(fast: FastKernels, question: tuple[Table, Program], limit: int) -> None:
    """Count, summaries, rows, pairs of rows, positions from either end and bitmaps are the same."""
    table, program = question
    shards = table.shards
    for ask in (
        lambda k: k.count(shards, program),
        lambda k: [k.total(shards, program, slot) for slot in NUMBERS],
        lambda k: [k.extreme(shards, program, slot, greatest=g) for slot in NUMBERS for g in (False, True)],
        lambda k: [k.row_counts(shards, program, ROWS, n).tolist() for n in (0, 1, ROW_COUNT)],
        lambda k: [k.pair_counts(shards, program, ROWS, n, ROWS + 2, m).tolist() for n, m in ((0, 2), (1, 2), (2, 1))],
        lambda k: [k.emit(shards, program, limit, reverse).tolist() for reverse in (False, True)],
        lambda k: [bitmaps_written(k, table, program, slot) for slot in (0, ROWS)],
    ):
        assert ask(fast) == ask(PLAIN)


def bitmaps_written(kernels: Kernels, table: Table, program: Program, slot: int) -> tuple[list[int], list[bytes]]:
    """What `bitmap` answers and leaves in memory, written over bitmaps that the program may read. All is put back."""
    before = [buffer.copy() for buffer in table.buffers]
    counts = kernels.bitmap(table.shards, program, np.ascontiguousarray(table.shards.table[:, slot]))
    after = [buffer.tobytes() for buffer in table.buffers]
    for buffer, content in zip(table.buffers, before, strict=True):
        buffer[:] = content
    return counts.tolist(), after


@CHECKS
@given(QUESTIONS, st.lists(st.sampled_from([*NUMBERS, *PLANES]), min_size=1, max_size=6), st.data())
def test_values_taken_agree(
    fast: FastKernels, question: tuple[Table, Program], slots: list[int], data: st.DataObject
) -> None:
    """What stands at any positions, the same one again included, is the same."""
    shards = question[0].shards
    places = [s * SHARD_POSITIONS + p for s, n in enumerate(shards.extents.tolist()) for p in (0, n // 2, n - 1) if n]
    chosen = np.array(data.draw(st.lists(st.sampled_from(places), max_size=9)) if places else [], dtype=np.int64)
    columns = [places_of(shards, slot, PLANES.get(slot, 3)) for slot in slots]
    are_codes = [slot in PLANES for slot in slots]
    taken = (kernels.take(chosen, columns, are_codes) for kernels in (fast, PLAIN))
    given, wanted = ([(indexes.tolist(), members.tolist()) for indexes, members in each] for each in taken)
    assert given == wanted


# ---- groups --------------------------------------------------------------------------------


def dimensions_of(kinds: list[int], low: int) -> tuple[list[Dimension], int]:
    """One dimension per slot, strides side by side; and how many cells they span."""
    dimensions, size = [], 1
    for slot in kinds:
        if slot in NUMBERS:
            dimensions.append(Dimension(DimensionKind.NUMBERS, slot, stride=size, low=low))
            size *= SPAN + 1
        else:
            dimensions.append(Dimension(DimensionKind.CODES, slot, stride=size, planes=PLANES[slot]))
            size *= CODES + 1
    return dimensions, size


def within(program: Program, slot: int, low: int) -> Program:
    """Those of a program whose number, if there is one, falls into the span."""
    rows = [tuple(row) for row in program.rows.tolist()] or [(Op.BITMAP, 0, 0, 0)]
    span = (Op.RANGE, slot, low, min(GREATEST, low + SPAN - 1))
    null = [(Op.RANGE, slot, LEAST, GREATEST), (Op.NOT, 0, 0, 0)]
    return Program.of(*rows, span, *null, (Op.OR, 0, 0, 0), (Op.AND, 0, 0, 0), keeps=program.keeps)


def cells(groups: Groups) -> tuple[list[int], list[int] | None, list[int] | None]:
    """Everything a grouping says."""
    if groups.value_counts is None:
        return groups.counts.tolist(), None, None
    totals = [groups.total(cell) for cell in range(len(groups.counts))]
    return groups.counts.tolist(), groups.value_counts.tolist(), totals


GROUPED = st.lists(st.sampled_from([*NUMBERS, *PLANES]), max_size=3)


@CHECKS
@given(QUESTIONS, GROUPED, st.sampled_from([None, *NUMBERS]), st.data())
def test_groups_agree(
    fast: FastKernels,
    question: tuple[Table, Program],
    grouped: list[int],
    slot: int | None,
    data: st.DataObject,
) -> None:
    """Every cell counts the same records and has the same sum, whatever the dimensions."""
    table, program = question
    numbers = set(grouped) & set(NUMBERS)
    low = data.draw(st.sampled_from([0, LEAST, *table.numbers])) if numbers else 0
    for number in numbers:
        program = within(program, number, low)
    dimensions, size = dimensions_of(grouped, low)
    found, expected = (k.group(table.shards, program, dimensions, size, slot) for k in (fast, PLAIN))
    assert cells(found) == cells(expected)
