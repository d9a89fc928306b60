"""Columns of cells as values of the types that MAP names, all at once; None where a cell needs a closer look."""

from collections.abc import Callable

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.bulk.texts import BETWEEN_MEMBERS
from roarbase.query.sql.later.columns.moments import moments
from roarbase.query.sql.later.columns.numbers import bools, decimals, ids, numbers
from roarbase.query.sql.later.columns.texts import Texts
from roarbase.query.sql.later.columns.values import Cells, Sets

__all__ = ["values_of_texts"]


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
