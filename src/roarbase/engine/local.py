"""The engine of one machine: a state in memory, and the snapshots and the log that rebuild it.

Reads go to the state at once, in the caller's thread. Writes go through the writer's queue.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Lock as ThreadLock

from roarbase.engine.edits import Write
from roarbase.engine.estimates import estimate_bytes
from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.engine.plan import Plan
from roarbase.engine.port import Done
from roarbase.engine.snapshots.held import HeldFiles
from roarbase.engine.snapshots.loading import load_tables
from roarbase.engine.snapshots.policy import SnapshotPolicy, has_enough
from roarbase.engine.snapshots.taking import Pausing, SnapshotTaker, Taken
from roarbase.engine.snapshots.thread import SnapshotThread
from roarbase.engine.snapshots.unpacking import Unpacking
from roarbase.engine.state import State
from roarbase.engine.storage.entries import Entry
from roarbase.engine.storage.file_store import FileStore, Lock
from roarbase.engine.storage.log import Log, Snapshotted
from roarbase.engine.storage.manifest import Manifest, read_manifest_or_none, remove_unnamed
from roarbase.engine.storage.snapshot_file import FileHeader
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
        deliver: Given the answers of each commit group in one call, from the writer's thread. Who waits for his
            answer has it without.
        lock: Released when the engine closes.
        taker: Takes snapshots; with `policy`, in the background.
        unpacking: Goes on until it is done, or the engine closes.
    """

    def __init__(
        self,
        state: State,
        log: Log,
        *,
        memory_limit_bytes: int,
        deliver: Deliver = deliver_here,
        lock: Lock | None = None,
        snapshots: Callable[[Pausing], SnapshotTaker] | None = None,
        unpacking: Unpacking | None = None,
        policy: SnapshotPolicy | None = None,
        writer: type[Writer] = Writer,
    ) -> None:
        self._state = state
        self._log = log
        self._lock = lock
        self._unpacking = unpacking
        self._writer = writer(state, log, memory_limit_bytes, deliver, self._note_written)
        self._taker = None if snapshots is None else snapshots(self._writer.pause)
        self._thread: SnapshotThread | None = None
        if self._taker is not None and policy is not None:
            self._thread = SnapshotThread(self._taker, policy, lambda: log.written_bytes)
            if has_enough(policy, log.written_bytes):
                self._thread.note()
        self._closing = ThreadLock()
        self._is_closing = self._is_closed = False

    @property
    def cells(self) -> CellKernels:
        return self._state.cells

    def schema(self) -> Schema:
        return self._state.schema()

    def change(self, change: SchemaChange) -> int:
        return self._settled(lambda done: ChangeRequest(change=change, done=done)).sequence

    def write(self, write: Write, done: Done) -> None:
        self._writer.submit(_write_request(write, done, is_awaited=False))

    def commit(self, write: Write) -> Written:
        return self._settled(lambda done: _write_request(write, done, is_awaited=True))

    def _settled(self, request_for: Callable[[Done], WriteRequest | ChangeRequest]) -> Written:
        outcome = self._writer.settle(request_for)
        if isinstance(outcome, RoarbaseError):
            raise outcome
        return outcome

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

    def table_bytes(self) -> Mapping[str, int]:
        return self._state.table_bytes()

    def limit_memory(self, limit_bytes: int) -> None:
        self._writer.memory.limit_bytes = limit_bytes

    def snapshot(self) -> Taken:
        """Take snapshots now, in the caller's thread; not while a policy has them taken in the background.

        Raises:
            OSError: The disk refused; nothing is lost.
            Unavailable: The engine is closed or has failed.
        """
        assert self._taker is not None
        assert self._thread is None
        return self._taker.take()

    def holding(self, is_wanted: Callable[[], bool] = lambda: True) -> AbstractContextManager[HeldFiles]:
        assert self._taker is not None
        return self._taker.holding(lambda: is_wanted() and not self._is_closing)

    def _note_written(self) -> None:
        if self._thread is not None:
            self._thread.note()

    def close(self) -> None:
        self._is_closing = True
        with self._closing:
            if self._is_closed:
                return
            if self._thread is not None:
                self._thread.close()
            self._writer.close()
            if self._unpacking is not None:
                self._unpacking.stop()
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
    policy: SnapshotPolicy | None = None,
    writer: type[Writer] = Writer,
) -> LocalEngine:
    """Open the engine of a directory, made if absent, with all that its snapshots and its log hold.

    Args:
        policy: When snapshots are taken in the background; None: never.

    Raises:
        OperatorError: The directory is in use by another engine, or the disk refuses.
        LogDamaged: A file of the log, or a snapshot, is not what was written.
    """
    try:
        store.create_directory(directory)
        lock = store.lock(directory)
    except OSError as error:
        raise OperatorError(f"{directory} cannot be used: {error}", directory=str(directory)) from error
    try:
        state = state_factory()
        log, found, unpacking = _rebuild(state, directory, store)
    except BaseException:
        lock.release()
        raise

    def snapshots(pause: Pausing) -> SnapshotTaker:
        return SnapshotTaker(store, directory, log.identity, state.tables, pause, found)

    return LocalEngine(
        state,
        log,
        memory_limit_bytes=memory_limit_bytes,
        deliver=deliver,
        lock=lock,
        snapshots=snapshots,
        unpacking=unpacking,
        policy=policy,
        writer=writer,
    )


def _write_request(write: Write, done: Done, *, is_awaited: bool) -> WriteRequest:
    return WriteRequest(write=write, size_bytes=estimate_bytes(write), done=done, is_awaited=is_awaited)


def _rebuild(
    state: State, directory: Path, store: FileStore
) -> tuple[Log, tuple[FileHeader, Manifest] | None, Unpacking | None]:
    """Fill a state from the snapshots, and from what the log has behind them; values of fields are still unpacked."""

    def replay(sequence: int, entry: Entry) -> None:
        state.apply(entry, sequence)

    try:
        found = read_manifest_or_none(store, directory)
        remove_unnamed(store, directory, None if found is None else found[1])
        if found is None:
            return Log.open(store, directory, replay), None, None
        header, manifest = found
        unpacking = Unpacking(load_tables(state, store, directory, header, manifest))
    except OSError as error:
        raise OperatorError(
            f"the snapshots in {directory} cannot be read: {error}", directory=str(directory)
        ) from error
    covered = manifest.oldest(header.sequence)
    unpacking.start()
    try:
        log = Log.open(store, directory, replay, snapshotted=Snapshotted(header.log_id, covered, header.sequence))
        state.settle_adopted(covered)
    except BaseException:
        unpacking.stop()
        raise
    return log, found, unpacking


def _beyond_the_log(sequence: int, last: int) -> IncorrectState:
    sentence = (
        f"sequence number {sequence} is asked for and the log of this deployment ends at {last}: "
        "the number is another deployment's, or of data that a restored backup does not have"
    )
    return IncorrectState(sentence, asked=sequence, applied=last)


def _not_applied(sequence: int, applied: int, timeout_s: float) -> RequestTimeout:
    sentence = f"sequence number {sequence} is asked for and after {timeout_s:g} s {applied} is applied; try again"
    return RequestTimeout(sentence, asked=sequence, applied=applied)
