"""Cells that are lists, kept flat, are what a list of tuples would be."""

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roarbase.model.list_cells import ListCells

TUPLES = st.lists(st.lists(st.integers(0, 9), max_size=3).map(lambda cell: tuple(cell) or None), max_size=8)


def kept(tuples: list[tuple[int, ...] | None]) -> ListCells:
    members = [value for cell in tuples for value in cell or ()]
    stops = array("q", [sum(len(cell or ()) for cell in tuples[: place + 1]) for place in range(len(tuples))])
    return ListCells(members, memoryview(stops))


@given(TUPLES, st.integers(-10, 10), st.integers(-10, 10))
def test_they_are_a_sequence(tuples: list[tuple[int, ...] | None], one: int, other: int) -> None:
    """One by one, in runs, from the end, in loops and in comparisons."""
    cells = kept(tuples)
    assert [*cells] == tuples
    assert [cells[place] for place in range(-len(tuples), len(tuples))] == [*tuples, *tuples]
    assert [*cells[one:other]] == tuples[one:other]
    assert [*cells[one:other][1:]] == tuples[one:other][1:]
    assert (len(cells), cells, repr(cells)) == (len(tuples), tuples, repr(tuples))
    assert tuples == cells
    assert cells != [*tuples, (1,)]


def test_what_is_not_there_is_an_error() -> None:
    """As with lists."""
    with pytest.raises(IndexError):
        kept([(1,)])[1]
    with pytest.raises(ValueError, match="runs"):
        kept([(1,), (2,)])[::2]
