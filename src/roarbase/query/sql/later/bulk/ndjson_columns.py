"""NDJSON all at once: a decoder made for the entries of MAP, then column by column.

Whatever is written otherwise than nearly all is (a number as text, a scalar for a set, a missing key) makes it None:
then `ndjson_rows.py` reads line by line.
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.errors import BadRequest
from roarbase.model.fields import INT64_MAX, INT64_MIN, MAXIMUM_ID
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.bulk.mapping import Mapped, Switches
from roarbase.query.sql.later.bulk.ndjson_rows import path_of
from roarbase.query.sql.later.columns.moments import moments
from roarbase.query.sql.later.columns.numbers import Integers, decimals, integers, within
from roarbase.query.sql.later.columns.texts import Texts
from roarbase.query.sql.later.columns.values import Cells, Sets, Values, cells_of
from roarbase.query.sql.later.operations.times import checked_moment

__all__ = ["ndjson_columns"]

_NS = 10**9
_NULL = msgspec.Raw(b"null")
_OF_IDS = (0, MAXIMUM_ID)
_BOUNDS = {
    Kind.INT: (INT64_MIN, INT64_MAX),
    **dict.fromkeys((Kind.ID, Kind.IDSET, Kind.IDSETQ), _OF_IDS),
}
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
    text: str, mapped: Sequence[Mapped], switches: Switches, limit: int | None, kernels: CellKernels
) -> list[Values] | None:
    """The values of the entries of MAP, column by column."""
    if switches.allows_missing or any(each.type.kind not in _TYPES for each in mapped):
        return None
    made = _decoder(mapped)
    if made is None:
        return None
    decoder, places = made
    try:
        rows = decoder.decode_lines(text)[:limit]
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    found: list[Values] = []
    for each, place in zip(mapped, places, strict=True):
        column = _column([*map(attrgetter(place), rows)], each.type, kernels)
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


def _column(cells: list[Any], kind: SqlType, kernels: CellKernels) -> Values | None:
    are_there = None
    missing: object = _NULL if kind.kind == Kind.DECIMAL else None
    if missing in cells:
        are_there = np.array([cell != missing for cell in cells], np.bool_)
        cells = [cell for cell in cells if cell != missing]
    found = _read(cells, kind, kernels)
    return None if found is None else Values.at(are_there, found)


def _read(cells: list[Any], kind: SqlType, kernels: CellKernels) -> Cells | None:
    if kind.kind == Kind.DECIMAL:
        texts = b"\0".join(cells).decode().split("\0") if cells else []
        return decimals(Texts.of(texts, kernels), kind.scale)
    if kind.kind == Kind.TIMESTAMP:
        return _moments(cells, kernels)
    try:
        found = cells_of(kind.kind, cells)
    except OverflowError:
        return None
    numbers = found.members if isinstance(found, Sets) else found
    bounds = _BOUNDS.get(kind.kind)
    return found if bounds is None or within(numbers, *bounds) is not None else None  # type: ignore[arg-type]


def _moments(cells: list[Any], kernels: CellKernels) -> Integers | None:
    kinds = {*map(type, cells)}
    if kinds <= {str}:
        return moments(Texts.of(cells, kernels))
    if kinds != {int}:
        return None
    try:
        return integers([checked_moment(cell * _NS) for cell in cells])
    except BadRequest:
        return None
