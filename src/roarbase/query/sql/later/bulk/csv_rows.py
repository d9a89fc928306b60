"""CSV: cells by their numbers from 0."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any

import numpy as np

from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.query.sql.kinds import Kind
from roarbase.query.sql.later.bulk.mapping import Mapped, Switches, refusal
from roarbase.query.sql.later.bulk.text_columns import far_moments, values_of_texts
from roarbase.query.sql.later.bulk.texts import BLANKS, value_of_text
from roarbase.query.sql.later.columns.texts import Texts, letters_of
from roarbase.query.sql.later.columns.values import Given, Values
from roarbase.query.sql.later.operations.operation import failure

__all__ = ["csv_columns", "read_csv"]

_BLANKS = " \t"
_COMMA, _NEWLINE = b",\n"
_AT_ONCE = 4096


def read_csv(text: str, mapped: Sequence[Mapped], switches: Switches) -> Iterator[list[Any]]:
    """The rows of a text. Blanks before a cell do not count; an empty cell is null, but for strings.

    Raises:
        BadRequest: A cell is not there, or says no value of its type.
    """
    row = 0
    try:
        for found in _cells(text, switches):
            row += 1
            yield [_value(found, each, switches, row) for each in mapped]
    except csv.Error as error:
        raise failure(f"row {row + 1}: unable to read CSV: {error}") from None


def _cells(text: str, switches: Switches) -> Iterator[list[str]]:
    """The cells of each row that has any, but for the first if it has their names."""
    rows = csv.reader(io.StringIO(text, newline=""), skipinitialspace=True)
    there = (cells for cells in rows if len(cells) > 1 or (cells and cells[0].strip(_BLANKS)))
    return islice(there, int(switches.has_header), None)


def _value(cells: list[str], mapped: Mapped, switches: Switches, row: int) -> Any:
    place = mapped.source
    assert isinstance(place, int)
    if place >= len(cells):
        if switches.allows_missing:
            return None
        raise failure(f"row {row}: map index {place} out of range")
    cell = cells[place].lstrip(_BLANKS)
    if switches.null_is_null and cell.upper() == "NULL":
        return None
    if not cell and (mapped.type.kind != Kind.STRING or switches.empty_is_null):
        return None
    try:
        return value_of_text(cell if mapped.type.kind == Kind.STRING else cell.strip(BLANKS), mapped.type)
    except ValueError as error:
        raise refusal(cell, mapped.type, row, error) from None


# ---- all at once -------------------------------------------------------------------------------


def csv_columns(
    text: str, mapped: Sequence[Mapped], switches: Switches, limit: int | None, kernels: CellKernels
) -> list[Given] | None:
    """The values of the entries of MAP, column by column; None if a cell is not there or needs a closer look."""
    read = _quoted_texts if '"' in text or "\r" in text else _plain_texts
    columns = read(text, switches, limit, {int(each.source) for each in mapped}, kernels)
    found: list[Given] = []
    for each in mapped if columns is not None else ():
        assert columns is not None
        column = _column(columns[int(each.source)], each, switches)
        if column is None:
            return None
        found.append(column)
    return found or None


def _plain_texts(
    text: str, switches: Switches, limit: int | None, wanted: set[int], kernels: CellKernels
) -> dict[int, Texts] | None:
    """The cells of some columns, where nothing is quoted; None if rows have more cells or fewer than others."""
    cells = _cut(text, kernels)
    if cells is None:  # perhaps there are empty lines
        cells = _cut("\n".join(line for line in text.split("\n") if line.strip(_BLANKS)), kernels)
    if cells is None or len(cells) <= max(wanted):
        return None
    start = int(switches.has_header)
    rows = slice(start, None if limit is None else start + limit)
    found = {place: cells[place].within(cells[place].starts[rows], cells[place].stops[rows]) for place in wanted}
    return found if all(map(len, found.values())) else None


def _cut(text: str, kernels: CellKernels) -> list[Texts] | None:
    """The cells of lines that have as many each, column by column."""
    text = text.removesuffix("\n")
    letters = letters_of(text)
    marks = np.flatnonzero((letters == _COMMA) | (letters == _NEWLINE))
    line = b"," * text.partition("\n")[0].count(",") + b"\n"
    if not text or letters[marks].tobytes() + b"\n" != line * ((len(marks) + 1) // len(line)):
        return None
    stops = np.append(marks, len(letters))
    starts = np.append(0, marks + 1)
    whole = Texts(text, letters, starts, stops, kernels)
    if len(line) == 1:  # a line of nothing but blanks is none
        return [whole] if whole.without_blanks().widths.all() else None
    return [whole.within(starts[place :: len(line)], stops[place :: len(line)]) for place in range(len(line))]


def _quoted_texts(
    text: str, switches: Switches, limit: int | None, wanted: set[int], kernels: CellKernels
) -> dict[int, Texts] | None:
    """The same, where cells may be quoted; None if a row has fewer."""
    found: dict[int, list[str]] = {place: [] for place in wanted}
    cells = islice(_cells(text, switches), limit)
    try:
        # Some at a time: a list for each row of millions would keep Python's collector busy.
        while rows := [*islice(cells, _AT_ONCE)]:
            if min(map(len, rows)) <= max(wanted):
                return None
            for place in wanted:
                found[place] += map(itemgetter(place), rows)
    except csv.Error:
        return None
    return {place: Texts.of(column, kernels) for place, column in found.items()} if all(found.values()) else None


def _column(given: Texts, mapped: Mapped, switches: Switches) -> Given | None:
    kind, is_text = mapped.type, mapped.type.kind == Kind.STRING
    cells = given.without_leading(_BLANKS)
    if cells is None:
        return None
    are_there = ~cells.are(b"null") if switches.null_is_null else np.ones(len(cells), np.bool_)
    if not is_text or switches.empty_is_null:
        are_there &= cells.widths > 0
    is_whole = bool(are_there.all())
    there = cells if is_whole else cells.chosen(are_there)
    texts = there if is_text else there.without_blanks()
    found = values_of_texts(texts, kind)
    rows = None if is_whole else are_there
    if found is None and kind.kind == Kind.TIMESTAMP:
        return far_moments(Values.at(rows, texts).objects())
    return None if found is None else Values.at(rows, found)
