"""CSV: cells by their numbers from 0."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter, methodcaller
from typing import Any

from roarbase.query.sql.kinds import Kind
from roarbase.query.sql.later.bulk.mapping import Mapped, Switches, unconvertible
from roarbase.query.sql.later.bulk.text_columns import spread, values_of_texts
from roarbase.query.sql.later.bulk.texts import value_of_text
from roarbase.query.sql.later.operations.operation import failure

__all__ = ["csv_columns", "read_csv"]

_BLANKS = " \t"
_BLANK_SET = frozenset(_BLANKS)
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
        return value_of_text(cell if mapped.type.kind == Kind.STRING else cell.strip(), mapped.type)
    except ValueError:
        raise unconvertible(cell, mapped.type, row) from None


# ---- all at once -------------------------------------------------------------------------------


def csv_columns(text: str, mapped: Sequence[Mapped], switches: Switches, limit: int | None) -> list[list[Any]] | None:
    """The values of the entries of MAP, column by column; None if a cell is not there or needs a closer look."""
    read = _quoted_texts if '"' in text or "\r" in text else _plain_texts
    columns = read(text, switches, limit, {int(each.source) for each in mapped})
    has_blanks = " " in text or "\t" in text
    found: list[list[Any]] = []
    for each in mapped if columns is not None else ():
        assert columns is not None
        column = _column(columns[int(each.source)], each, switches, has_blanks=has_blanks)
        if column is None:
            return None
        found.append(column)
    return found or None


def _plain_texts(text: str, switches: Switches, limit: int | None, wanted: set[int]) -> dict[int, list[str]] | None:
    """The cells of some columns, where nothing is quoted; None if rows have more cells or fewer than others."""
    start = int(switches.has_header)
    lines = [*islice(filter(str.strip, text.split("\n")), start, None if limit is None else start + limit)]
    widths = {*map(methodcaller("count", ","), lines)}
    if len(widths) != 1 or (width := widths.pop() + 1) <= max(wanted):
        return None
    cells = ",".join(lines).split(",")
    return {place: cells[place::width] for place in wanted}


def _quoted_texts(text: str, switches: Switches, limit: int | None, wanted: set[int]) -> dict[int, list[str]] | None:
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
    return found if all(found.values()) else None


def _column(given: list[str], mapped: Mapped, switches: Switches, *, has_blanks: bool) -> list[Any] | None:
    kind, is_text = mapped.type, mapped.type.kind == Kind.STRING
    cells: list[Any] = [*map(str.strip, given)] if has_blanks and not is_text else given
    if is_text and has_blanks and not _BLANK_SET.isdisjoint(map(itemgetter(slice(1)), given)):
        cells = [cell.lstrip(_BLANKS) for cell in given]
    if switches.null_is_null:
        cells = [None if cell.upper() == "NULL" else cell for cell in cells]
    if "" in cells and (not is_text or switches.empty_is_null):
        cells = [None if cell == "" else cell for cell in cells]
    return spread(cells, lambda texts: values_of_texts(texts, kind))
