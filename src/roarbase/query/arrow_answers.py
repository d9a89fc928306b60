"""Results as Arrow tables, and as streams of Arrow's IPC format."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from roarbase.errors import BadRequest
from roarbase.model.fields import UNIT_OF_PLACES
from roarbase.model.results import DataType, ResultColumn, ResultTable

__all__ = ["stream_of", "table_of"]

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
        BadRequest: A value, such as a sum, is beyond what the type of its column holds.
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
        BadRequest: A value, such as a sum, is beyond what the type of its column holds; nothing was given then.
    """
    sink, whole = _Sink(), table_of(table)
    with pa.ipc.new_stream(pa.PythonFile(sink, "w"), whole.schema) as writer:
        for batch in whole.to_batches(max_chunksize=_ROWS_IN_A_PIECE):
            writer.write_batch(batch)
            yield sink.fetch()
    yield sink.fetch()


def _array(column: ResultColumn) -> Any:
    try:
        if column.type is DataType.DECIMAL:
            return _decimals(column.cells, column.scale)
        if column.type is DataType.TIMESTAMP:
            return _moments(column.cells, column.scale)
        return pa.array(column.cells, _PLAIN[column.type])
    except (OverflowError, pa.ArrowInvalid):
        raise BadRequest(
            f"the column '{column.name}' holds a number too large for an Arrow column of its type; as JSON it is there",
            column=column.name,
        ) from None


def _moments(cells: Sequence[Any], scale: int) -> Any:
    """Moments in parts of a second of so many places; coarser parts where these reach too far for 64 bits."""
    try:
        counts = pa.array(cells, pa.int64())
    except OverflowError:
        if not scale or any(cell % 1000 for cell in cells if cell is not None):
            raise
        return _moments([None if cell is None else cell // 1000 for cell in cells], scale - 3)
    return counts.cast(pa.timestamp(UNIT_OF_PLACES[scale], "UTC"))


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
