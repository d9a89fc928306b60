"""Cells found, numbers read and rows written by machine code are those of plain code, and what they should be."""

from decimal import ROUND_DOWN, Decimal

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from roarbase.engine.kernels.cells.plain import PlainCells
from roarbase.engine.kernels.cells.port import CellKernels, Places
from roarbase.engine.kernels.fast import FastKernels
from roarbase.model.row_text import ColumnText

PLAIN = PlainCells()
CHECKS = settings(max_examples=300, deadline=None)

_pieces = st.sampled_from(
    ["(", ")", ",", "[", "]", "'", "''", " ", "\n", "1", "-2.5", "null", "'a'", "'), ('", "[1, 2]", "['x]', 'y']", "ä"]
)
_rows = st.lists(st.lists(_pieces.filter(lambda p: p not in "()[]',"), min_size=2, max_size=2), min_size=1, max_size=4)
_texts = st.lists(_pieces, max_size=20).map("".join) | _rows.map(
    lambda rows: ",".join(f"( {', '.join(row)})" for row in rows)
)
_digits = st.text("0123456789", max_size=20)
_numbers = st.builds(
    "{}{}{}{}".format, st.sampled_from(["", "", "-", "+"]), _digits, st.sampled_from(["", ".", "e"]), _digits
)


def letters_of(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def told(kernels: CellKernels, text: str, width: int) -> list[list[str]] | None:
    """The cells by row."""
    places = kernels.rows(letters_of(text), width)
    if places is None:
        return None
    found, data = zip(*(each.T.tolist() for each in places), strict=True), text.encode()
    return [[data[start:stop].decode() for start, stop in zip(*row, strict=True)] for row in found]


def read(kernels: CellKernels, cells: list[str], scale: int) -> list[int] | None:
    """The numbers of cells that stand one behind the other."""
    found = kernels.decimals(letters_of("".join(cells)), places_of(cells), scale)
    return None if found is None else found.tolist()


def places_of(cells: list[str]) -> Places:
    stops = np.cumsum([len(cell) for cell in cells], dtype=np.int64)
    return stops - np.array([len(cell) for cell in cells], np.int64), stops


@CHECKS
@given(_texts, st.integers(1, 3))
def test_rows_agree(fast: FastKernels, text: str, width: int) -> None:
    """Whatever a text is, both find the same cells in it, or none."""
    assert told(fast.cells, text, width) == told(PLAIN, text, width)


def test_cells_of_rows(fast: FastKernels) -> None:
    """Signs within quotes do not end a cell, commas within brackets neither."""
    text = "\t(1, 'it''s ), (' ,[ 2,'],' ] )\n,(-2.5,null,'')  "
    assert told(fast.cells, text, 3) == [["1", "'it''s ), ('", "[ 2,'],' ]"], ["-2.5", "null", "''"]]


@CHECKS
@given(st.lists(_numbers, max_size=5), st.integers(0, 4))
def test_numbers_agree(fast: FastKernels, cells: list[str], scale: int) -> None:
    """Whatever cells say, both read the same numbers, or none."""
    assert read(fast.cells, cells, scale) == read(PLAIN, cells, scale)


@CHECKS
@given(st.lists(st.decimals(-(10**9), 10**9, places=6), min_size=1, max_size=5), st.integers(0, 4))
def test_numbers_are_what_they_say(fast: FastKernels, values: list[Decimal], scale: int) -> None:
    """In units of so many places, cut off towards zero; without places there is no point."""
    wanted = [int(value.scaleb(scale).to_integral_value(ROUND_DOWN)) for value in values]
    assert read(fast.cells, [f"{value:f}" for value in values], scale) == (wanted if scale else None)


_signs = st.text("[]{},: ", max_size=20).map(str.encode)
_values = st.text("0123456789abcä", max_size=20).map(str.encode)


@st.composite
def _columns(draw: st.DrawFn) -> list[ColumnText]:
    """Columns of equally many cells; some of them lists, some of these empty."""
    count = draw(st.integers(1, 40))
    made = []
    for is_list in draw(st.lists(st.booleans(), min_size=1, max_size=4)):
        sizes = draw(st.lists(st.integers(0, 3), min_size=count, max_size=count)) if is_list else [1] * count
        values = draw(st.lists(_values, min_size=sum(sizes), max_size=sum(sizes)))
        lines = b"".join(value + b"\n" for value in values)
        stops = np.cumsum(sizes).data if is_list else None
        made.append(ColumnText(draw(_signs), lines, draw(_signs), stops, draw(_signs)))
    return made


def written(columns: list[ColumnText], between: bytes) -> bytes:
    """Rows cell by cell, as one would write them down."""
    count = len(columns[0].stops) if columns[0].stops is not None else columns[0].lines.count(b"\n")
    lines = [iter(column.lines.split(b"\n")) for column in columns]
    rows = []
    for row in range(count):
        cells = []
        for column, values in zip(columns, lines, strict=True):
            before = 0 if not row or column.stops is None else column.stops[row - 1]
            size = 1 if column.stops is None else column.stops[row] - before
            some = [next(values) for _ in range(size)]
            cells.append(column.start + b",".join(some) + column.end if some else column.absent)
        rows.append(b"".join(cells))
    return between.join(rows)


@CHECKS
@given(_columns(), _signs)
def test_rows_of_text_agree(fast: FastKernels, columns: list[ColumnText], between: bytes) -> None:
    """Values and lists of any length, with whatever stands around them: both write them cell by cell, row by row."""
    expected = written(columns, between)
    assert PLAIN.rows_text(columns, between) == expected
    assert fast.cells.rows_text(columns, between) == expected
