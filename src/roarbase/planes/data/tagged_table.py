"""The v1 answer of a query: headers and rows of tagged cells, one cell to a line.

    {"results": {"headers": [{"name": "count", "datatype": "uint64"}],
                 "rows": [{"columns": [{"ColumnVal": {"Uint64Val": 50}}]}], "duration": 1200}}

Cells are tagged by type, a null cell is `{"ColumnVal": null}`. Published clients read the answer
with grep: a cell alone on its line suits greedy and lazy patterns alike.
Source: spec cloud-api, data plane (the Go encoder leaves zero members out of the inner objects).
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from roarbase.model.results import DataType, Result, ResultColumn, ResultTable

__all__ = ["render_results"]

_encode = msgspec.json.encode
_NULL = b'{"ColumnVal":null}'


def _tagged(tag: str) -> Callable[[object, ResultColumn], bytes]:
    start = b'{"ColumnVal":{"' + tag.encode() + b'":'
    return lambda cell, _: start + _encode(cell) + b"}}"


def _array(tag: str) -> Callable[[object, ResultColumn], bytes]:
    start = b'{"ColumnVal":{"' + tag.encode() + b'":'

    def render(cell: object, _: ResultColumn) -> bytes:
        return start + (b'{"vals":' + _encode(cell) + b"}" if cell else b"{}") + b"}}"

    return render


def _decimal(cell: object, column: ResultColumn) -> bytes:
    members = {"value": cell, "scale": column.scale}
    return b'{"ColumnVal":{"DecimalVal":' + _encode({k: v for k, v in members.items() if v}) + b"}}"


def _timestamp(cell: object, _: ResultColumn) -> bytes:
    text = cell if isinstance(cell, str) else datetime.fromtimestamp(int(str(cell)), UTC)
    return b'{"ColumnVal":{"TimestampVal":' + _encode(text) + b"}}"


_CELLS: dict[DataType, Callable[[object, ResultColumn], bytes]] = {
    DataType.UINT64: _tagged("Uint64Val"),
    DataType.INT64: _tagged("Int64Val"),
    DataType.STRING: _tagged("StringVal"),
    DataType.BOOL: _tagged("BoolVal"),
    DataType.FLOAT64: _tagged("Float64Val"),
    DataType.DECIMAL: _decimal,
    DataType.TIMESTAMP: _timestamp,
    DataType.UINT64_SET: _array("Uint64ArrayVal"),
    DataType.STRING_SET: _array("StringArrayVal"),
}


def _cells(column: ResultColumn) -> list[bytes]:
    render = _CELLS[column.type]
    return [_NULL if cell is None else render(cell, column) for cell in column.cells]


def _table(table: ResultTable, duration_ns: int) -> bytes:
    headers = _encode([{"name": c.name, "datatype": c.type.value} for c in table.columns])
    rows = b",\n".join(
        b'{"columns":[' + b",\n".join(cells) + b"]}" for cells in zip(*map(_cells, table.columns), strict=True)
    )
    duration = b',\n"duration":%d' % duration_ns if duration_ns else b""
    return b'{"headers":' + headers + b',\n"rows":[' + rows + b"]" + duration + b"}"


def render_results(results: Sequence[Result], duration_ns: int) -> bytes:
    """One table for one result, an array of tables for none or several.

    >>> from roarbase.model.results import CountResult
    >>> print(render_results([CountResult(count=3)], 0).decode())
    {"results":{"headers":[{"name":"count","datatype":"uint64"}],
    "rows":[{"columns":[{"ColumnVal":{"Uint64Val":3}}]}]}}
    """
    tables = [_table(result.table(), duration_ns) for result in results]
    return b'{"results":' + (tables[0] if len(tables) == 1 else b"[" + b",\n".join(tables) + b"]") + b"}"
