"""Arrow tables and streams, whole or a piece at a time."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from roarbase.embedded.batches import Columns, Stream
from roarbase.errors import InvalidParameter

__all__ = ["chosen", "pieces", "stream_of", "whole_columns"]

_PIECE_RECORDS = 2**17
"""So many are written at once: few enough that whoever asks meanwhile waits for some 20 milliseconds."""

_PIECE_BYTES = 32 << 20
_FEWEST_RECORDS = 2**10


def whole_columns(data: Any) -> Columns:
    """All columns of a table, record batch or stream.

    Raises:
        InvalidParameter: It is no table, or two columns have one name.
    """
    reader = _reader(data)
    chosen(reader.schema.names, None)
    return _columns(reader.schema, list(reader))


def stream_of(data: Any, names: Sequence[str] | None) -> Stream:
    """A table, record batch or stream, piece by piece. `names` chooses columns; None takes all.

    Raises:
        InvalidParameter: It is no table, or a column is missing, or two have one name.
    """
    reader = _reader(data)
    found = chosen(reader.schema.names, names)
    return Stream(found, pieces(batch.select(found) for batch in reader))


def chosen(there: Sequence[str], names: Sequence[str] | None) -> list[str]:
    """The columns to read.

    Raises:
        InvalidParameter: One is missing, or two have one name.
    """
    for name in there if names is None else names:
        if there.count(name) != 1:
            how = (
                "there are several of that name" if name in there else f"the columns are {', '.join(map(repr, there))}"
            )
            raise InvalidParameter(f"no one column {name!r}: {how}", column=name)
    return [*(there if names is None else names)]


def pieces(batches: Iterable[Any]) -> Iterator[Columns]:
    """The columns of record batches in pieces of the size that suits the engine."""
    waiting: list[Any] = []
    room = 0
    for batch in batches:
        start = 0
        while start < len(batch):
            room = room or _piece_records(batch)
            waiting.append(batch.slice(start, room))
            start += len(waiting[-1])
            room -= len(waiting[-1])
            if not room:
                yield _columns(batch.schema, waiting)
                waiting = []
    if waiting:
        yield _columns(waiting[0].schema, waiting)


def _piece_records(batch: Any) -> int:
    fitting: int = _PIECE_BYTES * len(batch) // max(1, batch.nbytes)
    return min(_PIECE_RECORDS, max(_FEWEST_RECORDS, fitting))


def _columns(schema: Any, batches: list[Any]) -> Columns:
    if len(batches) == 1:
        return dict(zip(schema.names, batches[0].columns, strict=True))
    return dict(zip(schema.names, pa.Table.from_batches(batches, schema).columns, strict=True))


def _reader(data: Any) -> Any:
    try:
        if hasattr(data, "__arrow_c_stream__"):
            return pa.RecordBatchReader.from_stream(data)
        batch = pa.record_batch(data)
    except (pa.ArrowInvalid, TypeError, ValueError) as error:
        raise InvalidParameter(f"a {type(data).__name__} is no table: {error}") from None
    return pa.RecordBatchReader.from_batches(batch.schema, [batch])
