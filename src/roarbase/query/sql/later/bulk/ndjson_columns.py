"""NDJSON all at once: a decoder made for the entries of MAP, then column by column.

Whatever is written otherwise than nearly all is (a number as text, a scalar for a set, a missing key) makes it None:
then `ndjson_rows.py` reads line by line.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec

from roarbase.errors import BadRequest
from roarbase.model.fields import INT64_MAX, INT64_MIN, MAXIMUM_ID
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.bulk.mapping import Mapped, Switches
from roarbase.query.sql.later.bulk.ndjson_rows import path_of
from roarbase.query.sql.later.bulk.text_columns import spread, values_of_texts
from roarbase.query.sql.later.columns import moments, within
from roarbase.query.sql.later.operations.times import checked_moment

__all__ = ["ndjson_columns"]

_NS = 10**9
_Tree = dict[str, Any]

_TYPES: dict[Kind, Any] = {
    Kind.ID: int | None,
    Kind.INT: int | None,
    Kind.STRING: str | None,
    Kind.BOOL: bool | None,
    Kind.DECIMAL: msgspec.Raw,  # exactly as it is written
    Kind.TIMESTAMP: str | int | None,
    **dict.fromkeys((Kind.IDSET, Kind.IDSETQ), list[int] | None),
    **dict.fromkeys((Kind.STRINGSET, Kind.STRINGSETQ), list[str] | None),
}


def ndjson_columns(
    text: str, mapped: Sequence[Mapped], switches: Switches, limit: int | None
) -> list[list[Any]] | None:
    """The values of the entries of MAP, column by column."""
    if switches.allows_missing:
        return None
    made = _decoder(mapped)
    if made is None:
        return None
    decoder, places = made
    try:
        rows = decoder.decode_lines(text)[:limit]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    found: list[list[Any]] = []
    for each, place in zip(mapped, places, strict=True):
        column = _column([*map(attrgetter(place), rows)], each.type)
        if column is None:
            return None
        found.append(column)
    return found if rows else None


def _decoder(mapped: Sequence[Mapped]) -> tuple[Any, list[str]] | None:
    """A decoder of rows, and where each entry stands in one; None if one entry is part of another."""
    tree: _Tree = {}
    places: list[str] = []
    for each in mapped:
        inside, names = tree, list[str]()
        *outer, last = path_of(str(each.source))
        for key in outer:
            inner = inside.setdefault(key, {})
            if not isinstance(inner, dict):
                return None
            names.append(f"k{[*inside].index(key)}")
            inside = inner
        if inside.setdefault(last, each.type) != each.type:
            return None
        places.append(".".join([*names, f"k{[*inside].index(last)}"]))
    return msgspec.json.Decoder(_struct(tree)), places


def _struct(tree: _Tree) -> type[msgspec.Struct]:
    fields = [
        (f"k{place}", _struct(inner) if isinstance(inner, dict) else _TYPES[inner.kind])
        for place, inner in enumerate(tree.values())
    ]
    names = {f"k{place}": key for place, key in enumerate(tree)}
    return msgspec.defstruct("Row", fields, rename=names, gc=False)


# ---- values ------------------------------------------------------------------------------------


def _column(cells: list[Any], kind: SqlType) -> list[Any] | None:
    if kind.kind == Kind.DECIMAL:
        texts: list[Any] = b"\0".join(cells).decode().split("\0")  # a zero stands in no JSON
        if "null" in texts:
            texts = [None if text == "null" else text for text in texts]
        return spread(texts, lambda there: values_of_texts(there, kind))
    read = _READ.get(kind.kind)
    return cells if read is None else spread(cells, read)


def _moments(cells: list[Any]) -> list[int] | None:
    kinds = {*map(type, cells)}
    if kinds == {str}:
        return moments(cells)
    if kinds != {int}:
        return None
    try:
        return [checked_moment(cell * _NS) for cell in cells]
    except BadRequest:
        return None


def _id_sets(cells: list[Any]) -> list[Any] | None:
    if within([*chain.from_iterable(cells)], 0, MAXIMUM_ID) is None:
        return None
    return _sets(cells)


def _sets(cells: list[Any]) -> list[Any]:
    return [tuple(dict.fromkeys(cell)) for cell in cells]


_READ: dict[Kind, Callable[[list[Any]], list[Any] | None]] = {
    Kind.INT: lambda cells: within(cells, INT64_MIN, INT64_MAX),
    Kind.ID: lambda cells: within(cells, 0, MAXIMUM_ID),
    Kind.TIMESTAMP: _moments,
    Kind.IDSET: _id_sets,
    Kind.IDSETQ: _id_sets,
    Kind.STRINGSET: _sets,
    Kind.STRINGSETQ: _sets,
}
