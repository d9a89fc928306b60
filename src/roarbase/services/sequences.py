"""Sequence numbers on their way to the caller: what a request wrote, or has at least seen.

Every write and every schema change goes through an engine that `Engines` gave. There its sequence number
is noted for the request that is being served, so no use case hands it on and no new one can forget to.
The note is in the request's context: threads that work for the request have it too, others do not.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from roarbase.engine.edits import Write
from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.engine.plan import Plan
from roarbase.engine.port import Done, Engine
from roarbase.engine.snapshots.held import HeldFiles
from roarbase.errors import RoarbaseError
from roarbase.model.budget import Budget
from roarbase.model.changes import SchemaChange
from roarbase.model.results import Result
from roarbase.model.schema import Schema
from roarbase.model.written import Written

__all__ = ["NotingEngine", "SequenceNote", "note_sequence", "noting"]


@dataclass(slots=True)
class SequenceNote:
    """The highest sequence number noted so far; None before the first."""

    sequence: int | None = None

    def take(self, sequence: int) -> None:
        self.sequence = sequence if self.sequence is None else max(self.sequence, sequence)


_current: ContextVar[SequenceNote | None] = ContextVar("sequence_note", default=None)


@contextmanager
def noting() -> Iterator[SequenceNote]:
    """Collect what is noted within, also by tasks and threads that are begun within.

    >>> with noting() as noted:
    ...     note_sequence(7)
    ...     note_sequence(5)
    >>> noted.sequence
    7
    """
    note = SequenceNote()
    token = _current.set(note)
    try:
        yield note
    finally:
        _current.reset(token)


def note_sequence(sequence: int) -> None:
    """Note a sequence number for the request that is being served; outside of one nothing happens."""
    note = _current.get()
    if note is not None:
        note.take(sequence)


class NotingEngine:
    """An engine that notes the sequence number of each write and change for whoever asked for it.

    Attributes:
        refusal: Told to whoever would write, while it is set.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.refusal: RoarbaseError | None = None

    @property
    def cells(self) -> CellKernels:
        return self._engine.cells

    def schema(self) -> Schema:
        return self._engine.schema()

    def change(self, change: SchemaChange) -> int:
        if self.refusal is not None:
            raise self.refusal
        sequence = self._engine.change(change)
        note_sequence(sequence)
        return sequence

    def write(self, write: Write, done: Done) -> None:
        if self.refusal is not None:
            done(self.refusal)
            return
        note = _current.get()
        self._engine.write(write, done if note is None else _Noting(note, done))

    def commit(self, write: Write) -> Written:
        if self.refusal is not None:
            raise self.refusal
        written = self._engine.commit(write)
        note_sequence(written.sequence)
        return written

    def run(self, table: str, plan: Plan, budget: Budget) -> Result:
        return self._engine.run(table, plan, budget)

    def sequence(self) -> int:
        return self._engine.sequence()

    def await_sequence(self, sequence: int, timeout_s: float) -> None:
        self._engine.await_sequence(sequence, timeout_s)

    def holding(self, is_wanted: Callable[[], bool] = lambda: True) -> AbstractContextManager[HeldFiles]:
        return self._engine.holding(is_wanted)

    def memory_bytes(self) -> int:
        return self._engine.memory_bytes()

    def table_bytes(self) -> Mapping[str, int]:
        return self._engine.table_bytes()

    def limit_memory(self, limit_bytes: int) -> None:
        self._engine.limit_memory(limit_bytes)

    def close(self) -> None:
        self._engine.close()


@dataclass(frozen=True, slots=True)
class _Noting:
    """Notes what a write did before its receiver hears of it: the answer goes out right after that."""

    note: SequenceNote
    done: Done

    def __call__(self, outcome: Written | RoarbaseError) -> None:
        if isinstance(outcome, Written):
            self.note.take(outcome.sequence)
        self.done(outcome)
