"""CSV: cells by their numbers from 0."""

import csv
from collections.abc import Iterator, Sequence
from typing import Any

from roarbase.query.sql.kinds import Kind
from roarbase.query.sql.later.bulk.mapping import Mapped, Switches, unconvertible
from roarbase.query.sql.later.bulk.texts import value_of_text
from roarbase.query.sql.later.operations.operation import failure

__all__ = ["read_csv"]


def read_csv(text: str, mapped: Sequence[Mapped], switches: Switches) -> Iterator[list[Any]]:
    """The rows of a text. Blanks before a cell do not count; an empty cell is null, but for strings.

    Raises:
        BadRequest: A cell is not there, or says no value of its type.
    """
    lines = (line.lstrip(" \t") for line in text.splitlines(keepends=True))
    cells = csv.reader((line for line in lines if line.strip()), skipinitialspace=True)
    row = 0
    try:
        for number, found in enumerate(cells):
            if number == 0 and switches.has_header:
                continue
            row += 1
            yield [_value(found, each, switches, row) for each in mapped]
    except csv.Error as error:
        raise failure(f"row {row + 1}: unable to read CSV: {error}") from None


def _value(cells: list[str], mapped: Mapped, switches: Switches, row: int) -> Any:
    place = mapped.source
    assert isinstance(place, int)
    if place >= len(cells):
        if switches.allows_missing:
            return None
        raise failure(f"row {row}: map index {place} out of range")
    cell = cells[place].lstrip(" \t")
    if switches.null_is_null and cell.upper() == "NULL":
        return None
    if not cell and (mapped.type.kind != Kind.STRING or switches.empty_is_null):
        return None
    try:
        return value_of_text(cell if mapped.type.kind == Kind.STRING else cell.strip(), mapped.type)
    except ValueError:
        raise unconvertible(cell, mapped.type, row) from None
