"""The engine of one machine: a state in memory, and the log that rebuilds it.

Reads go to the state at once, in the caller's thread. Writes go through the writer's queue.
"""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Lock as ThreadLock

from roarbase.engine.edits import Write
from roarbase.engine.estimates import estimate_bytes
from roarbase.engine.plan import Plan
from roarbase.engine.port import Done
from roarbase.engine.state import State
from roarbase.engine.storage.entries import Entry
from roarbase.engine.storage.file_store import FileStore, Lock
from roarbase.engine.storage.log import Log
from roarbase.engine.writer import ChangeRequest, Deliver, Writer, WriteRequest, deliver_here
from roarbase.errors import IncorrectState, OperatorError, RequestTimeout, RoarbaseError
from roarbase.model.budget import Budget
from roarbase.model.changes import SchemaChange
from roarbase.model.results import Result
from roarbase.model.schema import Schema
from roarbase.model.written import Written

__all__ = ["LocalEngine", "open_local_engine"]


class LocalEngine:
    """The engine port over a state and a log. Until the first write it has no thread.

    Args:
        memory_limit_bytes: Batches that would take the state beyond it are refused.
        deliver: Given the answers of each commit group in one call, from the writer's thread.
        lock: Released when the engine closes.
    """

    def __init__(
        self,
        state: State,
        log: Log,
        *,
        memory_limit_bytes: int,
        deliver: Deliver = deliver_here,
        lock: Lock | None = None,
    ) -> None:
        self._state = state
        self._log = log
        self._lock = lock
        self._writer = Writer(state, log, memory_limit_bytes, deliver)
        self._closing = ThreadLock()
        self._is_closed = False

    def schema(self) -> Schema:
        return self._state.schema()

    def change(self, change: SchemaChange) -> int:
        outcome: Future[Written | RoarbaseError] = Future()
        self._writer.submit(ChangeRequest(change=change, done=outcome.set_result))
        result = outcome.result()
        if isinstance(result, RoarbaseError):
            raise result
        return result.sequence

    def write(self, write: Write, done: Done) -> None:
        self._writer.submit(WriteRequest(write=write, size_bytes=estimate_bytes(write), done=done))

    def run(self, table: str, plan: Plan, budget: Budget) -> Result:
        return self._state.run(table, plan, budget)

    def sequence(self) -> int:
        return self._writer.applied.sequence

    def await_sequence(self, sequence: int, timeout_s: float) -> None:
        if sequence > self._log.last:
            raise _beyond_the_log(sequence, self._log.last)
        if not self._writer.applied.wait(sequence, timeout_s):
            raise _not_applied(sequence, self.sequence(), timeout_s)

    def memory_bytes(self) -> int:
        return self._state.memory_bytes()

    def close(self) -> None:
        with self._closing:
            if self._is_closed:
                return
            self._writer.close()
            self._log.close()
            if self._lock is not None:
                self._lock.release()
            self._is_closed = True


def open_local_engine(
    directory: Path,
    store: FileStore,
    state_factory: Callable[[], State],
    memory_limit_bytes: int,
    deliver: Deliver = deliver_here,
) -> LocalEngine:
    """Open the engine of a directory, made if absent, with all that its log holds.

    Raises:
        OperatorError: The directory is in use by another engine, or the disk refuses.
        LogDamaged: A file of the log is not what was written.
    """
    try:
        store.create_directory(directory)
        lock = store.lock(directory)
    except OSError as error:
        raise OperatorError(f"{directory} cannot be used: {error}", directory=str(directory)) from error
    try:
        state = state_factory()

        def replay(sequence: int, entry: Entry) -> None:
            state.apply(entry, sequence)

        log = Log.open(store, directory, replay)
    except BaseException:
        lock.release()
        raise
    return LocalEngine(state, log, memory_limit_bytes=memory_limit_bytes, deliver=deliver, lock=lock)


def _beyond_the_log(sequence: int, last: int) -> IncorrectState:
    sentence = (
        f"sequence number {sequence} is asked for and the log of this deployment ends at {last}: "
        "the number is another deployment's, or of data that a restored backup does not have"
    )
    return IncorrectState(sentence, asked=sequence, applied=last)


def _not_applied(sequence: int, applied: int, timeout_s: float) -> RequestTimeout:
    sentence = f"sequence number {sequence} is asked for and after {timeout_s:g} s {applied} is applied; try again"
    return RequestTimeout(sentence, asked=sequence, applied=applied)
