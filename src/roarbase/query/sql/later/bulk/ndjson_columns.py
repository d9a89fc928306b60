"""NDJSON all at once: a decoder made for the entries of MAP, then column by column.

Whatever is written otherwise than nearly all is (a number as text, a scalar for a set, a missing key) makes it None:
then `ndjson_rows.py` reads line by line.
"""

import json
from collections.abc import Sequence
from itertools import islice
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.model.fields import INT64_MAX, INT64_MIN, MAXIMUM_ID
from roarbase.model.timestamps import NANOSECOND_BOUND
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.bulk.mapping import Mapped, Switches
from roarbase.query.sql.later.bulk.ndjson_rows import lines_of, path_of
from roarbase.query.sql.later.bulk.text_columns import far_moments
from roarbase.query.sql.later.bulk.texts import NS
from roarbase.query.sql.later.columns.moments import moments
from roarbase.query.sql.later.columns.numbers import Integers, decimals, integers, within
from roarbase.query.sql.later.columns.texts import Texts, letters_of
from roarbase.query.sql.later.columns.values import Cells, Given, Sets, Values, cells_of

__all__ = ["ndjson_columns"]

_NULL = msgspec.Raw(b"null")
_OF_IDS = (0, MAXIMUM_ID)
_BOUNDS = {
    Kind.INT: (INT64_MIN, INT64_MAX),
    **dict.fromkeys((Kind.ID, Kind.IDSET, Kind.IDSETQ), _OF_IDS),
}
_SURE_SECONDS = (-NANOSECOND_BOUND, NANOSECOND_BOUND)
_LONGEST_PATH = 32
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
) -> list[Given] | None:
    """The values of the entries of MAP, column by column."""
    if switches.allows_missing or not all(map(_has_decoder, mapped)):
        return None
    try:
        made = _decoder(mapped)
        if made is None:
            return None
        decoder, places = made
        rows = _rows(decoder, text, limit)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    found: list[Given] = []
    for each, place in zip(mapped, places, strict=True):
        column = _column([*map(attrgetter(place), rows)], each.type, kernels)
        if column is None:
            return None
        found.append(column)
    return found if rows else None


def _rows(decoder: msgspec.json.Decoder[Any], text: str, limit: int | None) -> list[Any]:
    rows = decoder.decode_lines(text)  # which looks for no lines: it only wants one object behind the other
    if _has_lines_of(text, len(rows)):
        return rows[:limit]
    return [*map(decoder.decode, islice(lines_of(text), limit))]


def _has_lines_of(text: str, objects: int) -> bool:
    """Whether each line has one of so many objects: nowhere within one do `}`, a newline and `{` stand together."""
    return text.count("}\n{") == text.count("\n") - text.endswith("\n") == objects - 1


def _has_decoder(mapped: Mapped) -> bool:
    """Whether msgspec knows the type, and takes the keys, which it writes into JSON as they are."""
    path = path_of(str(mapped.source))
    is_plain = all(json.dumps(key, ensure_ascii=False) == f'"{key}"' for key in path)
    return mapped.type.kind in _TYPES and len(path) <= _LONGEST_PATH and is_plain


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


def _column(cells: list[Any], kind: SqlType, kernels: CellKernels) -> Given | None:
    found = _at_once(cells, kind, kernels)
    return far_moments(cells) if found is None and kind.kind == Kind.TIMESTAMP else found


def _at_once(cells: list[Any], kind: SqlType, kernels: CellKernels) -> Values | None:
    are_there = None
    missing: object = _NULL if kind.kind == Kind.DECIMAL else None
    if missing in cells:
        are_there = np.array([cell != missing for cell in cells], np.bool_)
        cells = [cell for cell in cells if cell != missing]
    found = _read(cells, kind, kernels)
    return None if found is None else Values.at(are_there, found)


def _read(cells: list[Any], kind: SqlType, kernels: CellKernels) -> Cells | None:
    if kind.kind == Kind.DECIMAL:
        return decimals(_pieces(cells, kernels), kind.scale)
    if kind.kind == Kind.TIMESTAMP:
        return _moments(cells, kernels)
    try:
        found = cells_of(kind.kind, cells)
    except OverflowError:
        return None
    numbers = found.members if isinstance(found, Sets) else found
    bounds = _BOUNDS.get(kind.kind)
    return found if bounds is None or within(numbers, *bounds) is not None else None  # type: ignore[arg-type]


def _pieces(cells: list[Any], kernels: CellKernels) -> Texts:
    """Values as they are written, cut where a zero byte stands: JSON has none."""
    whole = b"\0".join(cells).decode()
    letters = letters_of(whole)
    stops = np.append(np.flatnonzero(letters == 0), len(letters))[: len(cells)]
    return Texts(whole, letters, np.append(0, stops + 1)[: len(cells)], stops, kernels)


def _moments(cells: list[Any], kernels: CellKernels) -> Integers | None:
    """Texts, or seconds within the centuries of which all nanoseconds fit in 64 bits."""
    kinds = {*map(type, cells)}
    if kinds <= {str}:
        return moments(Texts.of(cells, kernels))
    try:
        seconds = within(integers(cells), *_SURE_SECONDS) if kinds == {int} else None
    except OverflowError:
        return None
    return None if seconds is None else seconds.astype(np.int64) * NS
