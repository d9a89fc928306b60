"""One simulated world: an engine, its disk, writers, a snapshotter, readers and bad luck, all from one seed.

Nothing here runs at the same time as anything else, and no clock is read. At every call of the disk the others may go
on first: readers while the writer logs, the writer and readers while snapshots are written. So a seed is one
interleaving, and gives the same one whenever it is run.

    submit ─► commit a group ─► read ─► take snapshots ─► break or mend the disk ─► kill, or cut the power ─► start
"""

import errno
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.edits import Edits
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.engine.snapshots.policy import SnapshotPolicy, seconds_until_due
from roarbase.engine.writer import ChangeRequest, PauseRequest, Request, Writer, WriteRequest
from roarbase.errors import InternalError, OperatorError, RoarbaseError, Unavailable
from roarbase.model.changes import CreateField, CreateTable
from roarbase.model.written import Written
from roarbase.testing.faulty_file_store import FaultyFileStore
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.durability.simulation.records import FIRST, SPECS, Operation, Records, observed, random_operation

__all__ = ["World"]

_ROOT = Path("/disk/engine")
_POLICY = SnapshotPolicy(log_bytes=8000, interval_s=60)
_ERRORS = (errno.EIO, errno.ENOSPC)


class _Dead(BaseException):
    """The process is no more."""


class _SteppedWriter(Writer):
    """A writer without a thread: somebody has it commit the next group."""

    is_serving = is_transacting = False
    groups = 0

    def _start_or_refusal(self) -> None:
        return None

    def step(self) -> None:
        """Commit the next group, if any waits."""
        if self._queue and not self.is_serving:
            self.is_serving, self.groups = True, self.groups + 1
            self._serve(self._next_group())
            self.is_serving = False

    def submit(self, request: Request) -> None:
        super().submit(request)
        while isinstance(request, PauseRequest) and request in self._queue:
            self.step()

    def _transact(self, request: WriteRequest, write: Edits) -> Any:
        self.is_transacting = True  # the table is locked while the disk works
        try:
            return super()._transact(request, write)
        finally:
            self.is_transacting = False


@dataclass(kw_only=True)
class World:
    """A world that is made from a seed.

    Attributes:
        known: What is there for sure: everything that was acknowledged.
        doubted: By group, what the disk refused since the last acknowledged write, and may have kept.
        waiting: What was submitted and is not answered, in order.
        counts: How often what happened.
    """

    seed: int
    known: Records = FIRST
    doubted: dict[int, list[Operation]] = field(default_factory=dict)
    waiting: deque[Operation] = field(default_factory=deque)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        logging.getLogger("roarbase").setLevel(logging.CRITICAL + 1)
        self._chooser = Random(self.seed)
        self._disk = MemoryFileStore()
        self._now_s = self._taken_s = 0.0
        self._passing_calls = self._failing_calls = self._failures = 0
        self._calls_to_live = -1
        self._is_dead = self._is_open = False
        self._last = 0
        self._engine = self._opened()
        self._is_open = False  # until there is something to be seen
        self._submit_change(CreateTable(table="t", name="t", is_keyed=False))
        for name in sorted(FIRST.fields):
            self._submit_change(CreateField(table="t", field_id=f"id of {name}", spec=SPECS[name]))
        self._is_open = True

    # ---- what can happen -------------------------------------------------------------------

    def run(self, steps: int) -> None:
        """Let so many things happen, then look at everything once more.

        Raises:
            AssertionError: Something was lost, halved, doubled, seen too early, or did not start.
        """
        actions: dict[Callable[[], None], int] = {
            self.submit: 30,
            self.commit: 30,
            self.read: 6,
            self.pass_time: 8,
            self.break_disk: 3,
            self.plan_death: 3,
            self.kill: 1,
            self.cut_power: 1,
            self.restart: 1,
        }
        for _ in range(steps):
            action = self._chooser.choices([*actions], [*actions.values()])[0]
            self._count(action.__name__)
            self._live(action)
        self._failing_calls, self._calls_to_live = 0, -1
        while self.waiting:
            self._live(self.commit)
        self._live(self.restart)
        self._live(self.read)

    def submit(self) -> None:
        """Some clients send something."""
        for _ in range(self._chooser.choice((1, 1, 2, 4))):
            operation = random_operation(self._chooser, self.known.fields)
            self.waiting.append(operation)
            done = self._done(operation)
            if isinstance(operation.write, CreateField) or operation.kind == "drop x":
                self._writer.submit(ChangeRequest(change=operation.write, done=done))  # type: ignore[arg-type]
            else:
                self._writer.submit(WriteRequest(write=operation.write, size_bytes=0, done=done))  # type: ignore[arg-type]

    def commit(self) -> None:
        """The writer commits a group."""
        self._writer.step()

    def read(self) -> None:
        """Readers see what is acknowledged, and nothing else."""
        assert observed(self._engine) == self.known

    def pass_time(self) -> None:
        """Some seconds pass; snapshots are taken if they are due."""
        self._now_s += self._chooser.choice((1, 10, 100))
        log_bytes = self._engine._log.written_bytes - self._taken_bytes
        if seconds_until_due(_POLICY, log_bytes, self._now_s - self._taken_s) != 0:
            return
        shards = self._chooser.choice((1, 2, 99))
        moments = iter([True] * shards)
        written_bytes = self._engine._log.written_bytes
        assert self._engine._taker is not None
        try:
            taken = self._engine._taker.take(lambda: next(moments, False))
        except OSError:
            self._count("snapshots that the disk refused")
            return
        self._count("snapshots")
        if taken.is_whole:
            self._taken_s, self._taken_bytes = self._now_s, written_bytes

    def break_disk(self) -> None:
        """Some of the next calls of the disk fail."""
        self._passing_calls = self._chooser.choice((0, 0, 1, 2, 3, 4, 8))
        self._failing_calls = self._chooser.choice((1, 1, 2, 5, 30))

    def plan_death(self) -> None:
        """At some later call of the disk the process or the power ends."""
        self._calls_to_live = self._chooser.randrange(40)

    def kill(self) -> None:
        """The process ends now; what it wrote is there."""
        self._begin_again(self._disk.after_crash())

    def cut_power(self) -> None:
        """The power fails: of what was not synced, anything may be gone."""
        self._begin_again(self._disk.after_power_loss(self._chooser))

    def restart(self) -> None:
        """A stop as it should be, and a start."""
        while self._writer._queue:
            self._writer.step()
        self._is_open = False
        self._engine.close()
        self._begin_again(self._disk)

    # ---- how it happens --------------------------------------------------------------------

    def _live(self, action: Callable[[], None]) -> None:
        """Do it; if the process dies of it, begin again."""
        try:
            action()
        except (_Dead, RoarbaseError):
            if not self._is_dead:
                raise
        while self._is_dead:
            self._is_dead = False
            (self.kill if self._chooser.random() < 0.5 else self.cut_power)()

    def _begin_again(self, disk: MemoryFileStore) -> None:
        """A new process starts with what is on disk: all that was acknowledged, and of the rest wholes only."""
        self._disk = disk
        self._failing_calls, self._is_open = 0, False
        if self._chooser.random() < 0.8:
            self._calls_to_live = -1
        self._engine = self._opened()
        candidates = [self.known]
        for group in (*self.doubted.values(), self.waiting):
            records = self.known
            for operation in group:
                records = operation.after(records)
                candidates.append(records)
        found = observed(self._engine)
        assert found in candidates, f"{found} is none of {candidates}"
        assert self._state.verify() == []
        self.known = found
        self.doubted.clear()
        self.waiting.clear()

    def _opened(self) -> LocalEngine:
        """The engine of the disk; while the disk refuses, it is tried again."""
        while True:
            self._state, failures = BitmapState(), self._failures
            store = FaultyFileStore(self._disk, decide=self._at_call)
            try:
                engine = open_local_engine(_ROOT, store, lambda: self._state, 1 << 40, writer=_SteppedWriter)
            except _Dead:
                self._is_dead, self._calls_to_live = False, -1
                self._count("deaths in a start")
                is_crash = self._chooser.random() < 0.5
                self._disk = self._disk.after_crash() if is_crash else self._disk.after_power_loss(self._chooser)
                continue
            except (OperatorError, Unavailable):
                if self._failures == failures:  # the disk did nothing wrong
                    raise
                self._count("starts that the disk refused")
                self._disk = self._disk.after_crash()
                continue
            assert isinstance(engine._writer, _SteppedWriter)
            self._writer = engine._writer
            self._taken_s, self._taken_bytes, self._is_open, self._last = self._now_s, 0, True, engine._log.last
            return engine

    def _at_call(self, name: str) -> BaseException | None:
        """What happens at a call of the disk, before it: others go on, it fails, or everything ends."""
        if self._is_dead:
            return _Dead()
        if self._calls_to_live == 0:
            self._calls_to_live, self._is_dead = -1, True
            return _Dead()
        self._calls_to_live -= self._calls_to_live > 0
        if self._failing_calls and self._passing_calls:
            self._passing_calls -= 1
        elif self._failing_calls:
            self._failing_calls -= 1
            self._failures += 1
            self._count(f"failed {name}")
            number = self._chooser.choice(_ERRORS)
            return OSError(number, errno.errorcode[number])
        self._let_others_go_on()
        return _Dead() if self._is_dead else None

    def _let_others_go_on(self) -> None:
        """Readers while the writer is at the disk and has not locked the table; also writers while snapshots are."""
        if not self._is_open or self._writer.is_transacting:
            return
        if self._chooser.random() < 0.1:
            self.read()
        if not self._writer.is_serving:
            for action, chance in ((self.submit, 0.1), (self.commit, 0.2)):
                if self._chooser.random() < chance:
                    action()

    def _done(self, operation: Operation) -> Callable[[Written | RoarbaseError], None]:
        def told(outcome: Written | RoarbaseError) -> None:
            if self._is_dead:
                return
            assert not isinstance(outcome, InternalError), outcome.__cause__
            self.waiting.remove(operation)
            if isinstance(outcome, Written):
                if outcome.sequence > self._last:  # not where there was nothing to change
                    self._last = outcome.sequence
                    self.doubted.clear()
                self.known = operation.after(self.known)
                self._count("acknowledged")
            elif outcome.values.get("in_doubt"):
                self.doubted.setdefault(self._writer.groups, []).append(operation)
                self._count("in doubt")
            else:
                self._count("refused")

        return told

    def _submit_change(self, change: CreateTable | CreateField) -> None:
        outcome: Future[Written | RoarbaseError] = Future()
        self._writer.submit(ChangeRequest(change=change, done=outcome.set_result))
        self._writer.step()
        assert isinstance(outcome.result(0), Written)

    def _count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1
