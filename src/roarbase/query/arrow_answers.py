"""Results as Arrow tables, and as streams of Arrow's IPC format."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from roarbase.errors import BadRequest
from roarbase.model.fields import INT64_MAX, INT64_MIN
from roarbase.model.results import DataType, ResultColumn, ResultTable

__all__ = ["stream_of", "table_of"]

_UNITS = {0: "s", 3: "ms", 6: "us", 9: "ns"}
_DIGITS = 38
"""Of every decimal column: a sum may have more than the 19 of one value."""

_ROWS_IN_A_PIECE = 2**15

_PLAIN = {
    DataType.UINT64: pa.uint64(),
    DataType.INT64: pa.int64(),
    DataType.STRING: pa.string(),
    DataType.BOOL: pa.bool_(),
    DataType.FLOAT64: pa.float64(),
    DataType.UINT64_SET: pa.list_(pa.uint64()),
    DataType.STRING_SET: pa.list_(pa.string()),
    DataType.FLOAT64_LIST: pa.list_(pa.float64()),
}


def table_of(table: ResultTable) -> Any:
    """A result as a `pyarrow.Table` with the same columns; one without columns is empty.

    Raises:
        BadRequest: A sum leaves the 64 bits of its column's type.
    """
    columns = table.columns
    return pa.Table.from_arrays([_array(column) for column in columns], names=[column.name for column in columns])


class _Sink:
    """Takes what is written to it, to be fetched piece by piece."""

    closed = False

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def write(self, data: Any) -> int:
        """Keep some bytes."""
        self._waiting.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """There is nothing beneath."""

    def fetch(self) -> bytes:
        """What was written since the last call."""
        found, self._waiting = b"".join(self._waiting), []
        return found


def stream_of(table: ResultTable) -> Iterator[bytes]:
    """A result in the IPC format for streams, a record batch of some ten thousand rows to a piece.

    Raises:
        BadRequest: A sum leaves the 64 bits of its column's type.
    """
    sink = _Sink()
    height = len(table.columns[0].cells) if table.columns else 0
    with pa.ipc.new_stream(pa.PythonFile(sink, "w"), _part(table, 0, 0).schema) as writer:
        for start in range(0, height, _ROWS_IN_A_PIECE):
            writer.write_table(_part(table, start, start + _ROWS_IN_A_PIECE))
            yield sink.fetch()
    yield sink.fetch()


def _part(table: ResultTable, start: int, stop: int) -> Any:
    return table_of(ResultTable(columns=tuple(replace(c, cells=c.cells[start:stop]) for c in table.columns)))


def _array(column: ResultColumn) -> Any:
    if column.type is DataType.DECIMAL:
        return _decimals(column.cells, column.scale)
    if column.type is DataType.TIMESTAMP:
        return pa.array(column.cells, pa.int64()).cast(pa.timestamp(_UNITS[column.scale], "UTC"))
    if column.type is DataType.INT64:
        _require_int64(column)
    return pa.array(column.cells, _PLAIN[column.type])


def _require_int64(column: ResultColumn) -> None:
    for cell in column.cells:
        if isinstance(cell, int) and not INT64_MIN <= cell <= INT64_MAX:
            raise BadRequest(
                f"the column {column.name} holds {cell}, which no 64-bit column of Arrow does; its rows have it",
                column=column.name,
            )


def _decimals(cells: Sequence[Any], scale: int) -> Any:
    kind = pa.decimal128(_DIGITS, scale)
    try:
        numbers = pa.array(cells, pa.int64())
    except OverflowError:
        exact = [None if cell is None else Decimal(f"{cell}e-{scale}") for cell in cells]
        return pa.array(exact, kind)
    # Arrow keeps 128 bits, of which the upper half repeats the sign; a decimal of Python for each would take a second
    # per million.
    low = numbers.fill_null(0).to_numpy()
    words = np.stack((low, low >> 63), axis=1)
    return pa.Array.from_buffers(kind, len(cells), [numbers.buffers()[0], pa.py_buffer(np.ascontiguousarray(words))])
