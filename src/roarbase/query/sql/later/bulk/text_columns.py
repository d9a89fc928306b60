"""Columns of cells as values of the types that MAP names, all at once; None where a cell needs a closer look."""

from collections.abc import Callable

import numpy as np

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.columns.moments import moments
from roarbase.query.sql.later.columns.numbers import bools, decimals, ids, numbers
from roarbase.query.sql.later.columns.texts import Texts, split
from roarbase.query.sql.later.columns.values import Cells, Sets

__all__ = ["values_of_texts"]

_BETWEEN_MEMBERS = ord(";")


def _sets(cells: Texts, kind: SqlType) -> Cells | None:
    """Members between semicolons."""
    offsets, parts = split(cells, np.flatnonzero(cells.letters == _BETWEEN_MEMBERS))
    members = parts.without_blanks()
    if members is None:
        return None
    found = members.strings() if kind.member.kind == Kind.STRING else ids(members)
    return None if found is None else Sets(offsets, found)


_READ: dict[Kind, Callable[[Texts, SqlType], Cells | None]] = {
    Kind.STRING: lambda cells, _: cells.strings(),
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
