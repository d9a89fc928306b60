"""The v1 answer of a query: headers and rows of tagged cells, one cell to a line.

    {"results": {"headers": [{"name": "count", "datatype": "uint64"}],
                 "rows": [{"columns": [{"ColumnVal": {"Uint64Val": 50}}]}], "duration": 1200}}

Cells are tagged by type, a null cell is `{"ColumnVal": null}`. Published clients read the answer
with grep: a cell alone on its line suits greedy and lazy patterns alike.
Source: spec cloud-api, data plane (the Go encoder leaves zero members out of the inner objects).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import msgspec

from roarbase.errors import BadRequest
from roarbase.model.fields import INT64_MAX, INT64_MIN
from roarbase.model.results import DataType, GroupsResult, NoResult, Result, ResultColumn, ResultTable
from roarbase.model.timestamps import timestamp_text

__all__ = ["render_results"]

_encode = msgspec.json.encode
_NULL = b'{"ColumnVal":null}'
_ROWS_IN_A_PIECE = 4096


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


def _timestamp(cell: object, column: ResultColumn) -> bytes:
    return b'{"ColumnVal":{"TimestampVal":"' + timestamp_text(int(str(cell)), column.scale).encode() + b'"}}'


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


def _cells(column: ResultColumn, start: int) -> list[bytes]:
    render = _CELLS[column.type]
    cells = column.cells[start : start + _ROWS_IN_A_PIECE]
    if column.type in (DataType.INT64, DataType.DECIMAL):
        _require_int64(column, cells)
    return [_NULL if cell is None else render(cell, column) for cell in cells]


def _require_int64(column: ResultColumn, cells: Sequence[object]) -> None:
    """Refuse what a typed client could not read: sums are exact, and may leave the type they are told in."""
    for cell in cells:
        if isinstance(cell, int) and not INT64_MIN <= cell <= INT64_MAX:
            raise BadRequest(
                f"the column {column.name} holds {cell}, outside the signed 64-bit range of its type {column.type}; "
                "narrow the question down",
                column=column.name,
            )


def _rows(table: ResultTable, start: int) -> bytes:
    columns = [_cells(column, start) for column in table.columns]
    return b",\n".join(b'{"columns":[' + b",\n".join(cells) + b"]}" for cells in zip(*columns, strict=True))


def _table(table: ResultTable, duration_ns: int) -> Iterator[bytes]:
    headers = _encode([{"name": c.name, "datatype": c.type.value} for c in table.columns])
    yield b'{"headers":' + headers + b',\n"rows":['
    count = len(table.columns[0].cells) if table.columns else 0
    for start in range(0, count, _ROWS_IN_A_PIECE):
        yield b",\n" + _rows(table, start) if start else _rows(table, start)
    yield b"]" + (b',\n"duration":%d' % duration_ns if duration_ns else b"") + b"}"


def _v1_table(result: Result) -> ResultTable:
    """The table of a result. In groups, bools are the ids of their rows, and aggregates signed."""
    if not isinstance(result, GroupsResult):
        return result.table()
    columns = list(result.table().columns)
    for place, column in enumerate(columns):
        if column.type is DataType.BOOL:
            columns[place] = replace(column, type=DataType.UINT64, cells=[int(bool(cell)) for cell in column.cells])
    if result.aggregate is not None and result.aggregate.type is DataType.UINT64:
        columns[-1] = replace(columns[-1], type=DataType.INT64)
    return ResultTable(columns=tuple(columns))


def render_results(results: Sequence[Result], duration_ns: int) -> Iterator[bytes]:
    """One table for one result, an array of tables for several; without any, a table of nothing.

    Returns:
        The answer in pieces of a few thousand rows. One piece of a million rows would take the
        interpreter for a second, and every other request would wait.

    Raises:
        BadRequest: A sum leaves the 64-bit range that its column's type promises.

    >>> from roarbase.model.results import CountResult
    >>> print(b"".join(render_results([CountResult(count=3)], 0)).decode())
    {"results":{"headers":[{"name":"count","datatype":"uint64"}],
    "rows":[{"columns":[{"ColumnVal":{"Uint64Val":3}}]}]}}
    """
    results = results or [NoResult()]
    is_several = len(results) > 1
    yield b'{"results":[' if is_several else b'{"results":'
    for place, result in enumerate(results):
        if place:
            yield b",\n"
        yield from _table(_v1_table(result), duration_ns)
    yield b"]}" if is_several else b"}"
