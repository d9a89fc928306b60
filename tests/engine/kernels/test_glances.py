"""Long calls are cut into stretches, between which those who ask can end them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.fast import FastKernels
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import BLOCK_POSITIONS, Kernels, Op, Program, Shards
from tests.engine.kernels.generated import NUMBERS, ROW_COUNT, ROWS, Table, make_table
from tests.engine.kernels.test_agreement import GREATEST, QUESTIONS, bitmaps_written, cells, dimensions_of

PLAIN = PlainKernels()
SHARDS = 3


class LeftError(Exception):
    """Who asked has gone."""


@pytest.fixture(scope="module")
def cut(entries: Entries) -> FastKernels:
    """Compiled kernels that glance up as often as they can."""
    return FastKernels(entries, threads=2, worth_waking_ps=0, between_glances_ps=1)


@settings(max_examples=15, deadline=None)
@given(QUESTIONS)
def test_what_is_cut_adds_up(cut: FastKernels, question: tuple[Table, Program]) -> None:
    """Every question is answered in stretches as it is at once."""
    table, program = question
    shards = table.shards
    dimensions, size = dimensions_of([7], 0)
    for ask in (
        lambda k: k.count(shards, program),
        lambda k: [k.total(shards, program, slot) for slot in NUMBERS],
        lambda k: [k.extreme(shards, program, slot, greatest=g) for slot in NUMBERS for g in (False, True)],
        lambda k: k.row_counts(shards, program, ROWS, ROW_COUNT).tolist(),
        lambda k: k.pair_counts(shards, program, ROWS, 2, ROWS + 2, 2).tolist(),
        lambda k: [k.emit(shards, program, limit, limit > 100).tolist() for limit in (5, 10**9)],
        lambda k: bitmaps_written(k, table, program, 0),
        lambda k: cells(k.group(shards, program, dimensions, size, NUMBERS[0])),
    ):
        assert ask(cut) == ask(PLAIN)


QUESTIONS_OF_ALL: dict[str, Callable[[Kernels, Shards], object]] = {
    "count": lambda k, shards: k.count(shards, PROGRAM),
    "total": lambda k, shards: k.total(shards, PROGRAM, NUMBERS[0]),
    "extreme": lambda k, shards: k.extreme(shards, PROGRAM, NUMBERS[0], greatest=True),
    "row_counts": lambda k, shards: k.row_counts(shards, PROGRAM, ROWS, ROW_COUNT),
    "pair_counts": lambda k, shards: k.pair_counts(shards, PROGRAM, ROWS, 2, ROWS + 2, 2),
    "bitmap": lambda k, shards: k.bitmap(shards, PROGRAM, np.zeros(SHARDS, np.int64)),
    "group": lambda k, shards: k.group(shards, PROGRAM, dimensions_of([7], 0)[0], dimensions_of([7], 0)[1]),
    "mark": lambda k, shards: k.mark(shards, PROGRAM, NUMBERS[0], np.zeros(8, np.uint64)),
    "probe": lambda k, shards: k.probe(shards, PROGRAM, NUMBERS[0], np.zeros(8, np.uint64), np.zeros(SHARDS, np.int64)),
}
PROGRAM = Program.of((Op.RANGE, NUMBERS[0], 0, GREATEST))


@pytest.mark.parametrize("name", QUESTIONS_OF_ALL)
def test_what_is_long_can_be_ended(cut: FastKernels, name: str) -> None:
    """A call glances up after each stretch, and the second glance ends it here; the next call is whole."""
    table = make_table(5, [64] * SHARDS)
    glances = 0

    def glance() -> None:
        nonlocal glances
        glances += 1
        if glances == 2:
            raise LeftError

    ask = QUESTIONS_OF_ALL[name]
    for kernels in (cut, PLAIN):
        glances = 0
        with pytest.raises(LeftError):
            ask(kernels, replace(table.shards, glance=glance))
        assert glances == 2
        ask(kernels, table.shards)


def test_what_is_short_is_not_cut(entries: Entries) -> None:
    """A call on a few shards takes one stretch, and asks nobody."""

    def glance() -> None:
        raise LeftError

    table = make_table(5, [BLOCK_POSITIONS] * SHARDS)
    asked = FastKernels(entries).count(replace(table.shards, glance=glance), PROGRAM)
    assert asked == PLAIN.count(table.shards, PROGRAM)
