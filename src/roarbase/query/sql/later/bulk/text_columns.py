"""Columns of cells as values of the types that MAP names, all at once; None where a cell needs a closer look."""

from collections.abc import Callable, Sequence

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.bulk.texts import BETWEEN_MEMBERS, NS, in_range, value_of_text
from roarbase.query.sql.later.columns.moments import moments
from roarbase.query.sql.later.columns.numbers import bools, decimals, ids, numbers
from roarbase.query.sql.later.columns.texts import Texts
from roarbase.query.sql.later.columns.values import Cells, Given, Sets, values_or_objects
from roarbase.query.sql.later.tree import TIMESTAMP

__all__ = ["far_moments", "values_of_texts"]


def _sets(cells: Texts, kind: SqlType) -> Cells | None:
    """Members between semicolons."""
    offsets, members, _ = cells.parts(BETWEEN_MEMBERS, are_literals=False)
    found = members if kind.member.kind == Kind.STRING else ids(members)
    return None if found is None else Sets(offsets, found)


_READ: dict[Kind, Callable[[Texts, SqlType], Cells | None]] = {
    Kind.STRING: lambda cells, _: cells,
    Kind.INT: lambda cells, _: numbers(cells),
    Kind.ID: lambda cells, _: ids(cells),
    Kind.DECIMAL: lambda cells, kind: decimals(cells, kind.scale),
    Kind.BOOL: lambda cells, _: bools(cells),
    Kind.TIMESTAMP: lambda cells, _: moments(cells),
    Kind.IDSET: _sets,
    Kind.IDSETQ: _sets,
    Kind.STRINGSET: _sets,
    Kind.STRINGSETQ: _sets,
}


def values_of_texts(cells: Texts, kind: SqlType) -> Cells | None:
    """The values that texts say."""
    read = _READ.get(kind.kind)
    return None if read is None else read(cells, kind)


def far_moments(cells: Sequence[str | int | None]) -> Given | None:
    """Texts and seconds as moments one by one, for columns in which some are centuries away; None if one is none."""
    try:
        return values_or_objects(Kind.TIMESTAMP, [None if cell is None else _moment(cell) for cell in cells])
    except ValueError:
        return None


def _moment(cell: str | int) -> int:
    return int(value_of_text(cell, TIMESTAMP)) if isinstance(cell, str) else in_range(cell * NS, TIMESTAMP)
