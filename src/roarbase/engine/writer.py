"""The writer: one thread per engine that turns queued writes into log and memory, group by group.

    take what is queued ─► assign each ─► log all with one fdatasync ─► apply each ─► tell everybody

Whatever queues up while the disk works is the next group, so the number of syncs follows the
disk and not the number of callers. A group ends where a write must see one of it applied: edits
that search, for one. A schema change is a group of its own: the writes before it are assigned
under the schema before it, those after it under the one it makes. So are edits whose own steps must
see each other: they are made first, logged then, and undone if the log refuses.

A write that is refused (its table is gone, memory is used up, too much waits already) is told so alone. When the disk
refuses, the whole group is told, and its keys and positions are taken back. When something fails
that must not, memory and log may no longer agree: the group hears InternalError, and the writer
takes nothing more until a restart.
"""

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from threading import Condition, Thread
from typing import ClassVar, TypeVar

from roarbase.engine.applied import Applied
from roarbase.engine.commit_order import Waiting, waiting_after
from roarbase.engine.edits import Edits, Write, steps_of
from roarbase.engine.estimates import found_bytes
from roarbase.engine.memory_limit import MemoryLimit
from roarbase.engine.port import Done
from roarbase.engine.state import State
from roarbase.engine.storage.entries import WriteEntry
from roarbase.engine.storage.log import Log
from roarbase.engine.storage.record import encode_entry
from roarbase.errors import InternalError, RoarbaseError, Unavailable
from roarbase.model.changes import SchemaChange
from roarbase.model.written import Written

__all__ = ["ChangeRequest", "Deliver", "PauseRequest", "Request", "WriteRequest", "Writer", "deliver_here"]

_Result = TypeVar("_Result")

Deliver = Callable[[list[Callable[[], None]]], None]
"""Given all the answers of a group, in order; has each of them called soon, in whichever thread."""

_GROUP_WRITES = 1024
_GROUP_BYTES = 16 << 20
"""A group ends here, so that the first of many large batches does not wait for the last."""

_QUEUE_BYTES = 256 << 20
"""What may wait. A disk that stalls for a minute must not fill the memory with what cannot be written."""

_REQUEST_BYTES = 4096
"""What a request takes while it waits, beside the content of its arrays."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteRequest:
    """A write, about how much memory it will take, and who is told.

    Attributes:
        is_awaited: A thread waits for `done`, so the writer itself calls it; else it is delivered.
    """

    write: Write
    size_bytes: int
    done: Done
    is_awaited: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeRequest:
    """A schema change. Its caller always waits for it."""

    change: SchemaChange
    done: Done
    is_awaited: ClassVar = True


@dataclass(frozen=True, kw_only=True, slots=True)
class PauseRequest:
    """Something to be done between two groups, where all that is assigned is applied.

    Attributes:
        work: Called with the number of the last entry, by the writer itself; must not raise.
        refused: Told why it will not be called.
    """

    work: Callable[[int], None]
    refused: Callable[[RoarbaseError], None]


Request = WriteRequest | ChangeRequest | PauseRequest
_Answer = tuple[Request, Written | RoarbaseError]


def deliver_here(answers: list[Callable[[], None]]) -> None:
    """Call each answer in the writer's own thread. One that fails does not keep the others waiting."""
    for answer in answers:
        try:
            answer()
        except Exception:
            _log.exception("the receiver of a write's answer failed")


def _waiting_bytes(request: Request) -> int:
    return _REQUEST_BYTES + (request.size_bytes if isinstance(request, WriteRequest) else 0)


def _waiting_with(waiting: Waiting, request: Request) -> Waiting | None:
    """What waits when a request joins a group; None where it must be the first of its own."""
    return waiting_after(waiting, steps_of(request.write)) if isinstance(request, WriteRequest) else None


def _stopped() -> Unavailable:
    return Unavailable("writing has stopped after an internal error; a restart of the service resumes it")


def _internal_error(cause: BaseException) -> InternalError:
    error = InternalError("internal error")
    error.__cause__ = cause
    return error


def _nothing() -> None:
    pass


class Writer:
    """The queue and the thread, which starts with the first request.

    Args:
        committed: Called after each group, in the writer's thread.

    Attributes:
        applied: How far the log is visible.
        memory: What writes may take.
    """

    def __init__(
        self,
        state: State,
        log: Log,
        memory_limit_bytes: int,
        deliver: Deliver = deliver_here,
        committed: Callable[[], None] = _nothing,
    ) -> None:
        self._state = state
        self._log = log
        self.applied = Applied(log.last)
        self.memory = MemoryLimit(state.memory_bytes, memory_limit_bytes)
        self._deliver = deliver
        self._committed = committed
        self._changed = Condition()
        self._queue: deque[Request] = deque()
        self._queued_bytes = 0
        self._thread: Thread | None = None
        self._is_closed = False
        self._has_failed = False

    def submit(self, request: Request) -> None:
        """Queue a request. Its `done` is called once, whatever happens."""
        with self._changed:
            refusal = self._refusal_or_none(request) or self._start_or_refusal()
            if refusal is None:
                self._queue.append(request)
                self._queued_bytes += _waiting_bytes(request)
                self._changed.notify()
        if refusal is not None:
            self._tell([(request, refusal)])

    def settle(self, request_for: Callable[[Done], WriteRequest | ChangeRequest]) -> Written | RoarbaseError:
        """Queue a request, and wait for its answer.

        Args:
            request_for: The request that tells this receiver.
        """
        outcome: SimpleQueue[Written | RoarbaseError] = SimpleQueue()
        self.submit(request_for(outcome.put))
        return outcome.get()

    def pause(self, work: Callable[[int], _Result]) -> _Result:
        """Do something between two groups, and give what it gave. Nobody writes meanwhile.

        Args:
            work: Called with the number of the last entry, in the writer's thread.

        Raises:
            Unavailable: The writer is closed or has failed.
            Whatever `work` raised.
        """
        outcome: Future[_Result] = Future()

        def run(sequence: int) -> None:
            try:
                outcome.set_result(work(sequence))
            except BaseException as error:
                outcome.set_exception(error)

        self.submit(PauseRequest(work=run, refused=outcome.set_exception))
        return outcome.result()

    def close(self) -> None:
        """Finish what is queued, refuse what comes later, and end the thread."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _refusal_or_none(self, request: Request) -> Unavailable | None:
        if self._has_failed:
            return _stopped()
        if self._is_closed:
            return Unavailable("the deployment is closed for writing: the service stops, or the deployment is deleted")
        if isinstance(request, PauseRequest):  # takes no memory, and a full queue is no reason to take no snapshots
            return None
        if self._queue and self._queued_bytes + _waiting_bytes(request) > _QUEUE_BYTES:
            return Unavailable("more writes wait for the disk than can be held: try again in a second", retry_after_s=1)
        return None

    def _start_or_refusal(self) -> Unavailable | None:
        if self._thread is None:
            thread = Thread(target=self._run, name="roarbase-writer", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:
                return Unavailable(f"no thread can be started for writing ({error}); try again later")
            self._thread = thread
        return None

    # ---- the thread ------------------------------------------------------------------------

    def _run(self) -> None:
        while group := self._next_group():
            self._serve(group)

    def _serve(self, group: list[Request]) -> None:
        """Commit a group, and tell everybody."""
        try:
            answers = self._answers(group)
            self.applied.move_to(self._log.last)
        except BaseException as error:  # even MemoryError: nobody may be left waiting
            _log.exception("the writer failed; it takes no more writes")
            self._has_failed = True
            answers = [(request, _internal_error(error)) for request in group]
        self._tell(answers)
        self._committed()

    def _answers(self, group: list[Request]) -> list[_Answer]:
        first = group[0]
        if isinstance(first, ChangeRequest):
            return [self._change(first)]
        if isinstance(first, PauseRequest):
            return self._pause(first)
        if isinstance(first.write, Edits) and waiting_after(Waiting(), first.write.steps) is None:
            return [self._transact(first, first.write)]
        return self._write([request for request in group if isinstance(request, WriteRequest)])

    def _next_group(self) -> list[Request]:
        """Wait for requests and take the first ones that may be committed together; none once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._is_closed)
            group = [self._take()] if self._queue else []
            if self._queue:
                self._take_more(group)
            return group

    def _take_more(self, group: list[Request]) -> None:
        """Take those that may be committed together with the first one of a group."""
        waiting = _waiting_with(Waiting(), group[0])
        size_bytes = _waiting_bytes(group[0]) - _REQUEST_BYTES
        while self._queue and len(group) < _GROUP_WRITES and size_bytes < _GROUP_BYTES:
            following = self._queue[0]
            waiting = None if waiting is None else _waiting_with(waiting, following)
            if waiting is None:
                break
            group.append(self._take())
            size_bytes += _waiting_bytes(following) - _REQUEST_BYTES

    def _take(self) -> Request:
        request = self._queue.popleft()
        self._queued_bytes -= _waiting_bytes(request)
        return request

    def _change(self, request: ChangeRequest) -> _Answer:
        try:
            self._check_open()
            if not self._state.is_change(request.change):
                return request, Written(sequence=self._log.last)
            sequence = self._log.append([encode_entry(request.change)])
        except RoarbaseError as error:
            return request, error
        self._state.apply(request.change, sequence)
        return request, Written(sequence=sequence)

    def _pause(self, request: PauseRequest) -> list[_Answer]:
        try:
            self._check_open()
        except RoarbaseError as error:
            return [(request, error)]
        request.work(self._log.last)
        return []

    def _transact(self, request: WriteRequest, write: Edits) -> _Answer:
        def commit(entry: WriteEntry) -> None:
            size_bytes = request.size_bytes + found_bytes(entry)
            self.memory.check(size_bytes)
            self._log.append([encode_entry(entry)])
            self.memory.note(size_bytes)

        try:
            self._check_open()
            self.memory.check(request.size_bytes)
            return request, self._state.transact(write, self._log.last + 1, commit)
        except RoarbaseError as error:
            return request, error

    def _write(self, group: list[WriteRequest]) -> list[_Answer]:
        answers: list[_Answer] = []
        taken: list[tuple[WriteRequest, WriteEntry]] = []
        bodies: list[bytes] = []
        waiting_bytes = 0
        for request in group:
            try:
                self._check_open()
                entry, body, size_bytes = self._assign(request, waiting_bytes)
            except RoarbaseError as error:
                answers.append((request, error))
                continue
            waiting_bytes += size_bytes
            taken.append((request, entry))
            bodies.append(body)
        if taken:
            answers += self._commit(taken, bodies)
            self.memory.note(waiting_bytes)
        return answers

    def _assign(self, request: WriteRequest, waiting_bytes: int) -> tuple[WriteEntry, bytes, int]:
        """The entry of a write, as it is and as the log keeps it, and about how much memory it will take."""
        self.memory.check(request.size_bytes, waiting_bytes)
        entry = self._state.assign(request.write)
        try:
            more_bytes = found_bytes(entry)
            size_bytes = request.size_bytes + more_bytes
            if more_bytes:
                self.memory.check(size_bytes, waiting_bytes)
            return entry, encode_entry(entry), size_bytes
        except RoarbaseError:
            self._state.take_back(entry)
            raise

    def _commit(self, taken: list[tuple[WriteRequest, WriteEntry]], bodies: list[bytes]) -> list[_Answer]:
        try:
            last = self._log.append(bodies)
        except Unavailable as error:
            for _, entry in reversed(taken):
                self._state.take_back(entry)
            return [(request, error) for request, _ in taken]
        answers: list[_Answer] = []
        for sequence, (request, entry) in enumerate(taken, last - len(taken) + 1):
            changed = self._state.apply(entry, sequence)
            answers.append((request, Written(sequence=sequence, changed=changed)))
        return answers

    def _check_open(self) -> None:
        """What was queued before the writer failed is refused as what comes after."""
        if self._has_failed:
            raise _stopped()

    def _tell(self, answers: list[_Answer]) -> None:
        delivered: list[Callable[[], None]] = []
        for request, outcome in answers:
            if isinstance(request, PauseRequest):
                assert isinstance(outcome, RoarbaseError)
                request.refused(outcome)
            elif request.is_awaited:
                request.done(outcome)
            else:
                delivered.append(partial(request.done, outcome))
        if delivered:
            try:
                self._deliver(delivered)
            except Exception:  # an event loop that is closed already, for one
                _log.exception("the answers of a group could not be delivered")
