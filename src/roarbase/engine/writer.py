"""The writer: one thread per engine that turns queued writes into log and memory, group by group.

    take what is queued ─► assign each ─► log all with one fdatasync ─► apply each ─► tell everybody

Whatever queues up while the disk works is the next group, so the number of syncs follows the
disk and not the number of callers. A schema change is a group of its own: the batches before it
are assigned under the schema before it, those after it under the one it makes.

A batch that is refused (its table is gone, memory is used up, too much waits already) is told so alone. When the disk
refuses, the whole group is told, and its keys and positions are taken back. When something fails
that must not, memory and log may no longer agree: the group hears InternalError, and the writer
takes nothing more until a restart.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from threading import Condition, Thread

from roarbase.engine.port import Done
from roarbase.engine.state import State
from roarbase.engine.storage.entries import BatchEntry
from roarbase.engine.storage.log import Log
from roarbase.engine.storage.record import encode_entry
from roarbase.errors import InternalError, ResourceLimitExceeded, RoarbaseError, Unavailable
from roarbase.model.batch import Batch, KeyedRows, NumberColumn, SetColumn
from roarbase.model.changes import SchemaChange

__all__ = ["ChangeRequest", "Deliver", "WriteRequest", "Writer", "deliver_here", "estimate_bytes"]

Deliver = Callable[[list[Callable[[], None]]], None]
"""Given all the answers of a group, in order; has each of them called soon, in whichever thread."""

_GROUP_BATCHES = 1024
_GROUP_BYTES = 16 << 20
"""A group ends here, so that the first of many large batches does not wait for the last."""

_QUEUE_BYTES = 256 << 20
"""What may wait. A disk that stalls for a minute must not fill the memory with what cannot be written."""

_REQUEST_BYTES = 4096
"""What a request takes while it waits, beside the content of its arrays."""

_KEY_BYTES = 36
"""What a key takes beside its text: where that lies, a slot of a hash map, and some room to grow."""

_STAMP_BYTES = 8
"""What it takes to keep when a record got one row."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class WriteRequest:
    """A batch, about how much memory it will take, and who is told."""

    batch: Batch
    size_bytes: int
    done: Done


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeRequest:
    """A schema change. `done` is called by the writer itself, since its caller waits for it."""

    change: SchemaChange
    done: Done


_Group = list[WriteRequest] | ChangeRequest
_Answer = tuple[WriteRequest | ChangeRequest, int | RoarbaseError]


def deliver_here(answers: list[Callable[[], None]]) -> None:
    """Call each answer in the writer's own thread. One that fails does not keep the others waiting."""
    for answer in answers:
        try:
            answer()
        except Exception:
            _log.exception("the receiver of a write's answer failed")


def estimate_bytes(batch: Batch) -> int:
    """About how much memory a batch takes once it is stored: the size of its arrays and new keys."""
    size = batch.ids.nbytes if batch.ids is not None else _keys_bytes(batch.keys or ())
    for column in batch.columns:
        if isinstance(column, NumberColumn):
            size += column.values.nbytes
            continue
        rows = column.rows
        size += rows.codes.nbytes + _keys_bytes(rows.keys) if isinstance(rows, KeyedRows) else rows.nbytes
        if isinstance(column, SetColumn) and column.times is not None:
            size += _STAMP_BYTES * int(column.offsets[-1])
    return size


def _keys_bytes(keys: Sequence[str]) -> int:
    return len("".join(keys).encode("utf-8", "surrogatepass")) + _KEY_BYTES * len(keys)


def _waiting_bytes(request: WriteRequest | ChangeRequest) -> int:
    return _REQUEST_BYTES + (request.size_bytes if isinstance(request, WriteRequest) else 0)


def _stopped() -> Unavailable:
    return Unavailable("writing has stopped after an internal error; a restart of the service resumes it")


def _internal_error(cause: BaseException) -> InternalError:
    error = InternalError("internal error")
    error.__cause__ = cause
    return error


class Writer:
    """The queue and the thread, which starts with the first request."""

    def __init__(self, state: State, log: Log, memory_limit_bytes: int, deliver: Deliver = deliver_here) -> None:
        self._state = state
        self._log = log
        self._memory_limit_bytes = memory_limit_bytes
        self._deliver = deliver
        self._changed = Condition()
        self._queue: deque[WriteRequest | ChangeRequest] = deque()
        self._queued_bytes = 0
        self._thread: Thread | None = None
        self._is_closed = False
        self._has_failed = False

    def submit(self, request: WriteRequest | ChangeRequest) -> None:
        """Queue a request. Its `done` is called once, whatever happens."""
        with self._changed:
            refusal = self._refusal_or_none(request) or self._start_or_refusal()
            if refusal is None:
                self._queue.append(request)
                self._queued_bytes += _waiting_bytes(request)
                self._changed.notify()
        if refusal is not None:
            self._tell([(request, refusal)])

    def close(self) -> None:
        """Finish what is queued, refuse what comes later, and end the thread."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _refusal_or_none(self, request: WriteRequest | ChangeRequest) -> Unavailable | None:
        if self._has_failed:
            return _stopped()
        if self._is_closed:
            return Unavailable("the deployment is closed for writing: the service stops, or the deployment is deleted")
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
        while (group := self._next_group_or_none()) is not None:
            requests = [group] if isinstance(group, ChangeRequest) else group
            try:
                answers = self._change(group) if isinstance(group, ChangeRequest) else self._write(group)
            except BaseException as error:  # even MemoryError: nobody may be left waiting
                _log.exception("the writer failed; it takes no more writes")
                self._has_failed = True
                answers = [(request, _internal_error(error)) for request in requests]
            self._tell(answers)

    def _next_group_or_none(self) -> _Group | None:
        """Wait for requests and take the first ones: one change, or batches up to the next change. None: closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._is_closed)
            if not self._queue:
                return None
            first = self._take()
            if isinstance(first, ChangeRequest):
                return first
            group, size_bytes = [first], first.size_bytes
            while self._queue and len(group) < _GROUP_BATCHES and size_bytes < _GROUP_BYTES:
                following = self._queue[0]
                if isinstance(following, ChangeRequest):
                    break
                self._take()
                group.append(following)
                size_bytes += following.size_bytes
            return group

    def _take(self) -> WriteRequest | ChangeRequest:
        request = self._queue.popleft()
        self._queued_bytes -= _waiting_bytes(request)
        return request

    def _change(self, request: ChangeRequest) -> list[_Answer]:
        try:
            self._check_open()
            if not self._state.is_change(request.change):
                return [(request, self._log.last)]
            sequence = self._log.append([encode_entry(request.change)])
        except RoarbaseError as error:
            return [(request, error)]
        self._state.apply(request.change)
        return [(request, sequence)]

    def _write(self, group: list[WriteRequest]) -> list[_Answer]:
        answers: list[_Answer] = []
        taken: list[tuple[WriteRequest, BatchEntry]] = []
        bodies: list[bytes] = []
        memory_bytes = self._state.memory_bytes()
        for request in group:
            try:
                self._check_open()
                self._check_memory(memory_bytes, request.size_bytes)
                entry, body = self._assign(request.batch)
            except RoarbaseError as error:
                answers.append((request, error))
                continue
            memory_bytes += request.size_bytes
            taken.append((request, entry))
            bodies.append(body)
        return answers + (self._commit(taken, bodies) if taken else [])

    def _assign(self, batch: Batch) -> tuple[BatchEntry, bytes]:
        entry = self._state.assign(batch)
        try:
            return entry, encode_entry(entry)
        except RoarbaseError:
            self._state.take_back(entry)
            raise

    def _commit(self, taken: list[tuple[WriteRequest, BatchEntry]], bodies: list[bytes]) -> list[_Answer]:
        try:
            last = self._log.append(bodies)
        except Unavailable as error:
            for _, entry in reversed(taken):
                self._state.take_back(entry)
            return [(request, error) for request, _ in taken]
        for _, entry in taken:
            self._state.apply(entry)
        first = last - len(taken) + 1
        return [(request, sequence) for sequence, (request, _) in enumerate(taken, first)]

    def _check_open(self) -> None:
        """What was queued before the writer failed is refused as what comes after."""
        if self._has_failed:
            raise _stopped()

    def _check_memory(self, memory_bytes: int, size_bytes: int) -> None:
        limit_bytes = self._memory_limit_bytes
        if memory_bytes + size_bytes > limit_bytes:
            raise ResourceLimitExceeded(
                f"the batch needs about {size_bytes} bytes of memory; the deployment uses {memory_bytes} of the "
                f"{limit_bytes} bytes of its shape: drop data, or choose a larger shape",
                limit_bytes=limit_bytes,
                memory_bytes=memory_bytes,
                size_bytes=size_bytes,
            )

    def _tell(self, answers: list[_Answer]) -> None:
        for request, outcome in answers:
            if isinstance(request, ChangeRequest):
                request.done(outcome)
        writes: list[Callable[[], None]] = [
            partial(request.done, outcome) for request, outcome in answers if isinstance(request, WriteRequest)
        ]
        if writes:
            try:
                self._deliver(writes)
            except Exception:  # an event loop that is closed already, for one
                _log.exception("the answers of a group could not be delivered")
