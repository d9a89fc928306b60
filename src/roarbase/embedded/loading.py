"""From a stream of columns to batches on disk, a few at a time."""

from collections.abc import Callable
from concurrent.futures import Future

from roarbase.embedded.batches import Roles, Stream, batch_of, check_names
from roarbase.engine.port import Engine
from roarbase.errors import RoarbaseError
from roarbase.model.batch import Batch
from roarbase.model.fields import TableSpec

__all__ = ["Progress", "load_stream", "write_batch"]

Progress = Callable[[int], None]
"""Told how many records, from the first on, are on disk and visible by now."""

_Outcome = Future[RoarbaseError | None]


def write_batch(engine: Engine, batch: Batch) -> None:
    """Write a batch, and return once it is on disk and visible.

    Raises:
        RoarbaseError: As `Engine.write` tells it; the batch left nothing behind.
    """
    error = _begin(engine, batch).result()
    if error is not None:
        raise error


def load_stream(engine: Engine, table: TableSpec, stream: Stream, roles: Roles, progress: Progress | None) -> int:
    """Write all pieces of a stream, each wholly or not at all, and give the number of records.

    While a piece is written, the next is read; it is handed over when the one before it is on disk, so that what is
    there after an error is always the first so many records.

    Raises:
        RoarbaseError: The table has no such field, a value is not one that its field takes, or the write is refused.
            `progress` was told of the pieces before that.
    """
    check_names(table, stream.names, roles)
    flight = _Flight(engine, progress)
    try:
        for columns in stream.pieces:
            batch = batch_of(table, columns, roles, flight.sent)
            if batch is not None:
                flight.send(batch)
    finally:
        flight.land()
    return flight.sent


def _begin(engine: Engine, batch: Batch) -> _Outcome:
    outcome: _Outcome = Future()
    engine.write(batch, lambda told: outcome.set_result(told if isinstance(told, RoarbaseError) else None))
    return outcome


class _Flight:
    """The piece that is being written.

    Attributes:
        sent: How many records were given to the engine.
    """

    def __init__(self, engine: Engine, progress: Progress | None) -> None:
        self.sent = 0
        self._engine = engine
        self._progress = progress
        self._outcome: _Outcome | None = None

    def send(self, batch: Batch) -> None:
        """Begin to write a piece, once the one before it is written."""
        self.land()
        self.sent += len(batch)
        self._outcome = _begin(self._engine, batch)

    def land(self) -> None:
        """Wait for the piece that is being written, if any, and raise what went wrong."""
        outcome, self._outcome = self._outcome, None
        if outcome is None:
            return
        error = outcome.result()
        if error is not None:
            raise error
        if self._progress is not None:
            self._progress(self.sent)
