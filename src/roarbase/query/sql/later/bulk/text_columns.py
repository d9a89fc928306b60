"""Columns of cells as values of the types that MAP names, all at once; None where a cell needs a closer look."""

from collections.abc import Callable, Sequence
from itertools import accumulate, chain, pairwise
from typing import Any

from roarbase.model.fields import MAXIMUM_ID
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.columns import bools, decimals, moments, numbers, within

__all__ = ["spread", "values_of_texts"]

_BETWEEN_MEMBERS = ";"


def _ids(cells: Sequence[str], _: SqlType) -> list[int] | None:
    found = numbers(cells)
    return None if found is None else within(found, 0, MAXIMUM_ID)


def _sets(cells: Sequence[str], kind: SqlType) -> list[Any] | None:
    """Members between semicolons, each once."""
    texts = [*map(str.strip, _BETWEEN_MEMBERS.join(cells).split(_BETWEEN_MEMBERS))]
    members = texts if kind.member.kind == Kind.STRING else _ids(texts, kind)
    if members is None:
        return None
    # Cut out of one list: a list for each cell would have the garbage collector look at all of them again and again.
    stops = accumulate(cell.count(_BETWEEN_MEMBERS) + 1 for cell in cells)
    return [tuple(dict.fromkeys(members[start:stop])) for start, stop in pairwise(chain((0,), stops))]


_READ: dict[Kind, Callable[[Sequence[str], SqlType], list[Any] | None]] = {
    Kind.STRING: lambda cells, _: [*cells],
    Kind.INT: lambda cells, _: numbers(cells),
    Kind.ID: _ids,
    Kind.DECIMAL: lambda cells, kind: decimals(cells, kind.scale),
    Kind.BOOL: lambda cells, _: bools(cells),
    Kind.TIMESTAMP: lambda cells, _: moments(cells),
    Kind.IDSET: _sets,
    Kind.IDSETQ: _sets,
    Kind.STRINGSET: _sets,
    Kind.STRINGSETQ: _sets,
}


def values_of_texts(cells: Sequence[str], kind: SqlType) -> list[Any] | None:
    """The values that texts say; there is one at least."""
    return _READ[kind.kind](cells, kind)


def spread(cells: list[Any], read: Callable[[list[Any]], list[Any] | None]) -> list[Any] | None:
    """What `read` makes of the cells that are not None, and None in the place of the others."""
    if None not in cells:
        return read(cells)
    there = [cell for cell in cells if cell is not None]
    found = read(there) if there else []
    if found is None:
        return None
    each = iter(found)
    return [None if cell is None else next(each) for cell in cells]
