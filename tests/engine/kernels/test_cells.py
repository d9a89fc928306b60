"""Cells found, numbers read and rows written by machine code are those of plain code, and what they should be."""

from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from itertools import accumulate

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from roarbase.engine.kernels.cells.plain import PlainCells
from roarbase.engine.kernels.cells.port import DOUBLED, LIST, NULL, OTHER, TEXT, TRUTH, CellKernels, Places
from roarbase.engine.kernels.fast import FastKernels
from roarbase.model.row_text import ColumnText
from tests.support.samples import sample

PLAIN = PlainCells()
CHECKS = settings(max_examples=sample(100), deadline=None)

_pieces = st.sampled_from(
    [
        "(",
        ")",
        ",",
        "[",
        "]",
        "'",
        "''",
        " ",
        "\n",
        "1",
        "-2.5",
        "null",
        "'a'",
        "'), ('",
        "[1, 2]",
        "['x]', 'y']",
        "ä",
        "'of more than 8 bytes'",
        "1234567890",
        "False",
    ]
)
_rows = st.lists(st.lists(_pieces.filter(lambda p: p not in "()[]',"), min_size=2, max_size=2), min_size=1, max_size=4)
_texts = st.lists(_pieces, max_size=20).map("".join) | _rows.map(
    lambda rows: ",".join(f"( {', '.join(row)})" for row in rows)
)
_digits = st.text("0123456789", max_size=20)
_numbers = st.builds(
    "{}{}{}{}".format, st.sampled_from(["", "", "-", "+"]), _digits, st.sampled_from(["", ".", "e"]), _digits
)
_cells = st.lists(
    st.lists(st.sampled_from(["'", "''", "'a'", ",", ";", " ", "\t", "null", "TRUE", "[1]", "1", "ä"]), max_size=8).map(
        "".join
    ),
    max_size=8,
)
_moments = st.builds(
    "{}-{}-{}{}{}{}".format,
    *(st.sampled_from(some) for some in (["2000", "1900", "2024", "1699", "2200"], ["02", "12", "13", "00"])),
    st.sampled_from(["01", "28", "29", "30", "31", "32", "1"]),
    st.sampled_from(["", "T12:34:56", "T23:59:60", "T24:00:00", "t00:00:00", "T1:00:00"]),
    st.sampled_from(["", ".5", ".123456789", ".1234567890", "."]),
    st.sampled_from(["", "Z", "z", "+01:00"]),
)


def letters_of(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def told(kernels: CellKernels, text: str, width: int) -> tuple[list[list[str]], list[int]] | None:
    """The cells by row, and the forms by column."""
    found = kernels.rows(letters_of(text), width)
    if found is None:
        return None
    starts, stops = found.places
    rows = [strings(text, (starts[:, row], stops[:, row])) for row in range(starts.shape[1])]
    return rows, found.forms


def strings(text: str, places: Places) -> list[str]:
    data = text.encode()
    return [data[start:stop].decode() for start, stop in zip(*(each.tolist() for each in places), strict=True)]


def read(kernels: CellKernels, cells: list[str], scale: int) -> tuple[list[int], int] | None:
    """The numbers of cells that stand one behind the other, and how many places they have at most."""
    found = kernels.decimals(letters_of("".join(cells)), places_of(cells), scale)
    return None if found is None else (found[0].tolist(), found[1])


def places_of(cells: list[str]) -> Places:
    widths = np.array([len(cell.encode()) for cell in cells], np.int64)
    stops = np.cumsum(widths)
    return stops - widths, stops


@CHECKS
@given(_texts, st.integers(1, 3))
def test_rows_agree(fast: FastKernels, text: str, width: int) -> None:
    """Whatever a text is, both find the same cells in it, or none."""
    assert told(fast.cells, text, width) == told(PLAIN, text, width)


def test_cells_of_rows(fast: FastKernels) -> None:
    """Signs within quotes do not end a cell, commas within brackets neither."""
    text = "\t(1, 'it''s ), (' ,[ 2,'],' ] )\n,(-2.5,null,'')  "
    rows, forms = told(fast.cells, text, 3) or ([], [])
    assert rows == [["1", "'it''s ), ('", "[ 2,'],' ]"], ["-2.5", "null", "''"]]
    assert forms == [OTHER, DOUBLED | NULL, LIST | TEXT]


@CHECKS
@given(_cells, st.sampled_from(",;"), st.booleans())
def test_parts_agree(fast: FastKernels, cells: list[str], separator: str, are_literals: bool) -> None:
    """Both cut the same parts, of the same forms."""
    text = "".join(cells)
    one, other = (
        kernels.parts(letters_of(text), places_of(cells), ord(separator), are_literals=are_literals)
        for kernels in (fast.cells, PLAIN)
    )
    assert one.offsets.tolist() == other.offsets.tolist()
    assert strings(text, one.places) == strings(text, other.places)
    assert one.forms == other.forms


def test_parts_of_cells(fast: FastKernels) -> None:
    """Separators within quotes do not count where cells are literals."""
    text = " 'a,b' ,True,,''''"
    found = fast.cells.parts(letters_of(text), places_of([text]), ord(","), are_literals=True)
    assert strings(text, found.places) == ["'a,b'", "True", "", "''''"]
    assert (found.offsets.tolist(), found.forms) == ([0, 4], TEXT | TRUTH | DOUBLED)
    found = fast.cells.parts(letters_of(text), places_of([text]), ord(","), are_literals=False)
    assert strings(text, found.places) == ["'a", "b'", "True", "", "''''"]


@CHECKS
@given(_cells)
def test_blanks_agree(fast: FastKernels, cells: list[str]) -> None:
    """Both take blanks away, and nothing else."""
    text = "".join(cells)
    for kernels in (fast.cells, PLAIN):
        places = kernels.trimmed(letters_of(text), places_of(cells))
        assert strings(text, places) == [cell.strip(" \t\r\n") for cell in cells]


@CHECKS
@given(_cells)
def test_joined_cells_agree(fast: FastKernels, cells: list[str]) -> None:
    """The bytes of some pieces stand one behind the other."""
    letters, (starts, stops) = letters_of("".join(cells)), places_of(cells)
    for kernels in (fast.cells, PLAIN):
        blob, ends = kernels.joined(letters, (starts[::2], stops[::2]))
        chosen = [cell.encode() for cell in cells[::2]]
        assert blob.tobytes() == b"".join(chosen)
        assert ends.tolist() == [*accumulate(map(len, chosen))]


@CHECKS
@given(_cells)
def test_distinct_cells_agree(fast: FastKernels, cells: list[str]) -> None:
    """Cells are numbered as they first occur, the same ones alike."""
    first = {cell: number for number, cell in enumerate(dict.fromkeys(cells))}
    for kernels in (fast.cells, PLAIN):
        codes, firsts = kernels.distinct(letters_of("".join(cells)), places_of(cells))
        assert codes.tolist() == [first[cell] for cell in cells]
        assert firsts.tolist() == [cells.index(cell) for cell in first]


def moments(kernels: CellKernels, cells: list[str]) -> list[int] | None:
    found = kernels.moments(letters_of("".join(cells)), places_of(cells))
    return None if found is None else found.tolist()


@CHECKS
@given(st.lists(_moments, max_size=3))
def test_moments_agree(fast: FastKernels, cells: list[str]) -> None:
    """Whatever cells say, both read the same moments, or none."""
    assert moments(fast.cells, cells) == moments(PLAIN, cells)


@CHECKS
@given(st.datetimes(datetime(1700, 1, 1), datetime(2199, 12, 31, 23, 59, 59, 999_999)))
def test_moments_are_what_they_say(fast: FastKernels, moment: datetime) -> None:
    """Days of all months of all years, with a fraction of a second or without."""
    past = moment - datetime(1970, 1, 1)
    second = (past.days * 86_400 + past.seconds) * 10**9
    assert moments(fast.cells, [f"{moment:%Y-%m-%d}"]) == [past.days * 86_400 * 10**9]
    assert moments(fast.cells, [f"{moment:%Y-%m-%dT%H:%M:%SZ}"]) == [second]
    assert moments(fast.cells, [f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}"]) == [second + past.microseconds * 1000]


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
    assert read(fast.cells, [f"{value:f}" for value in values], scale) == ((wanted, 6) if scale else None)


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
