"""The v1 answer of a query: headers and rows of tagged cells, one cell to a line.

    {"results": {"headers": [{"name": "count", "datatype": "uint64"}],
                 "rows": [{"columns": [{"ColumnVal": {"Uint64Val": 50}}]}], "duration": 1200}}

Cells are tagged by type, a null cell is `{"ColumnVal": null}`. Published clients read the answer
with grep: a cell alone on its line suits greedy and lazy patterns alike.
Source: spec cloud-api, data plane.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import msgspec

from roarbase.model.results import DataType, GroupsResult, NoResult, Result, ResultTable
from roarbase.model.row_text import RowsText, rows_text
from roarbase.planes.data.tagged_cells import tagged_cells

__all__ = ["render_results"]

_encode = msgspec.json.encode
_ROWS_IN_A_PIECE = 4096
_ROW_START, _ROW_END = b'{"columns":[', b"]}"
_BETWEEN = b",\n"
"""Between cells and between rows."""


def _rows(table: ResultTable, start: int, write: RowsText) -> bytes:
    """Some rows, each cell on a line."""
    stop, last = start + _ROWS_IN_A_PIECE, len(table.columns) - 1
    columns = [
        tagged_cells(
            column,
            column.cells[start:stop],
            before=b"" if place else _ROW_START,
            behind=_BETWEEN if place < last else _ROW_END,
        )
        for place, column in enumerate(table.columns)
    ]
    return write(columns, _BETWEEN)


def _table(table: ResultTable, duration_ns: int, write: RowsText) -> Iterator[bytes]:
    headers = _encode([{"name": c.name, "datatype": c.type} for c in table.columns])
    yield b'{"headers":' + headers + b',\n"rows":['
    count = len(table.columns[0].cells) if table.columns else 0
    for start in range(0, count, _ROWS_IN_A_PIECE):
        if start:
            yield _BETWEEN
        yield _rows(table, start, write)
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


def render_results(results: Sequence[Result], duration_ns: int, write: RowsText = rows_text) -> Iterator[bytes]:
    """One table for one result, an array of tables for several; without any, a table of nothing.

    Args:
        write: Puts rows together.

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
        yield from _table(_v1_table(result), duration_ns, write)
    yield b"]}" if is_several else b"}"
