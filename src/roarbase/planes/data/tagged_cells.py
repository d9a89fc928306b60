"""The cells of a v1 answer, a column at a time: `{"ColumnVal":{"Uint64Val":50}}`, null as `{"ColumnVal":null}`.

msgspec writes a whole column as one JSON array, which is then cut at its commas: a tenth of the time of
writing cell by cell. What all cells of a column begin and end with is not repeated for each of them, but
goes between the cells when rows are put together.
Source: spec cloud-api, data plane (the Go encoder leaves zero members out of the inner objects).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from roarbase.errors import BadRequest
from roarbase.model.fields import INT64_MAX, INT64_MIN
from roarbase.model.results import DataType, ResultColumn
from roarbase.model.timestamps import timestamp_text

__all__ = ["TaggedCells", "tagged_cells"]

_encode = msgspec.json.encode
_NULL = b'{"ColumnVal":null}'


@dataclass(frozen=True, slots=True)
class TaggedCells:
    """The JSON of some cells of one column: of each `start`, its part, and `end`."""

    start: bytes
    parts: Sequence[bytes]
    end: bytes


def tagged_cells(column: ResultColumn, cells: Sequence[Any]) -> TaggedCells:
    """Tag some cells of a column by its type.

    Raises:
        BadRequest: A number leaves the 64-bit range that the column's type promises.
    """
    start, end = b'{"ColumnVal":{"' + _TAGS[column.type].encode() + b'":', b"}}"
    given = [cell for cell in cells if cell is not None] if None in cells else cells
    parts = _PARTS[column.type](column, given) if len(given) else []
    if len(given) == len(cells):
        return TaggedCells(start, parts, end)
    rest = iter(parts)
    return TaggedCells(b"", [_NULL if cell is None else start + next(rest) + end for cell in cells], b"")


def _plain(_: ResultColumn, cells: Sequence[Any]) -> Sequence[bytes]:
    """Numbers and truth values: nothing in them is a comma."""
    return _encode(cells)[1:-1].split(b",")


def _strings(_: ResultColumn, cells: Sequence[Any]) -> Sequence[bytes]:
    return [*map(_encode, cells)]


def _int64s(column: ResultColumn, cells: Sequence[Any]) -> Sequence[bytes]:
    """Refuse what a typed client could not read: sums are exact, and may leave the type they are told in."""
    for cell in (min(cells), max(cells)):
        if not INT64_MIN <= cell <= INT64_MAX:
            raise BadRequest(
                f"the column {column.name} holds {cell}, outside the signed 64-bit range of its type {column.type}; "
                "narrow the question down",
                column=column.name,
            )
    return _plain(column, cells)


def _decimals(column: ResultColumn, cells: Sequence[Any]) -> Sequence[bytes]:
    scale = b'"scale":%d' % column.scale if column.scale else b""
    end = (b"," + scale if scale else b"") + b"}"
    return [b"{" + scale + b"}" if part == b"0" else b'{"value":' + part + end for part in _int64s(column, cells)]


def _timestamps(column: ResultColumn, cells: Sequence[Any]) -> Sequence[bytes]:
    if column.scale:
        return [b'"' + timestamp_text(cell, column.scale).encode() + b'"' for cell in cells]
    moments = np.array(cells, "M8[s]").astype(object).tolist()
    return [part + b'Z"' for part in _encode(moments)[1:-2].split(b'",')]


def _number_sets(_: ResultColumn, cells: Sequence[Any]) -> Sequence[bytes]:
    parts = _encode(cells)[2:-2].split(b"],[")
    return [b'{"vals":[' + part + b"]}" if part else b"{}" for part in parts]


def _string_sets(_: ResultColumn, cells: Sequence[Any]) -> Sequence[bytes]:
    return [b'{"vals":' + _encode(cell) + b"}" if cell else b"{}" for cell in cells]


_TAGS: dict[DataType, str] = {
    DataType.UINT64: "Uint64Val",
    DataType.INT64: "Int64Val",
    DataType.STRING: "StringVal",
    DataType.BOOL: "BoolVal",
    DataType.FLOAT64: "Float64Val",
    DataType.DECIMAL: "DecimalVal",
    DataType.TIMESTAMP: "TimestampVal",
    DataType.UINT64_SET: "Uint64ArrayVal",
    DataType.STRING_SET: "StringArrayVal",
}

_PARTS: dict[DataType, Callable[[ResultColumn, Sequence[Any]], Sequence[bytes]]] = {
    DataType.UINT64: _plain,
    DataType.INT64: _int64s,
    DataType.STRING: _strings,
    DataType.BOOL: _plain,
    DataType.FLOAT64: _plain,
    DataType.DECIMAL: _decimals,
    DataType.TIMESTAMP: _timestamps,
    DataType.UINT64_SET: _number_sets,
    DataType.STRING_SET: _string_sets,
}
