"""Sequence numbers of an engine: what is visible, and waiting for what is on disk already."""

import threading
import time
from pathlib import Path
from threading import Event

import pytest

from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.engine.storage.entries import Entry
from roarbase.errors import IncorrectState, InternalError, RequestTimeout
from roarbase.model.changes import CreateTable
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.local_fakes import FakeState, Outcomes, batch, open_engine, write_and_wait

ROOT = Path("/disk/engine")


class Slow(FakeState):
    """A state that applies a batch only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.is_logged, self.may_apply = Event(), Event()

    def apply(self, entry: Entry, sequence: int) -> tuple[int, ...]:
        if not isinstance(entry, CreateTable):
            self.is_logged.set()
            assert self.may_apply.wait(10)
        return super().apply(entry, sequence)


def slow_engine() -> tuple[LocalEngine, Slow]:
    """An engine that has one batch on disk and not applied yet: entry 2."""
    state = Slow()
    engine = open_local_engine(ROOT, MemoryFileStore(), lambda: state, 1 << 30)
    engine.change(CreateTable(table="t", name="t"))
    engine.write(batch(1), Outcomes().done)
    assert state.is_logged.wait(10)
    return engine, state


def test_an_empty_engine_is_at_zero() -> None:
    """Nothing was written, and zero is reached at once."""
    engine = open_local_engine(ROOT, MemoryFileStore(), FakeState, 1 << 30)
    assert engine.sequence() == 0
    engine.await_sequence(0, 0)
    engine.close()


def test_the_number_is_that_of_the_last_answer_also_after_a_restart() -> None:
    """Changes and writes count alike; what changed nothing takes no number."""
    store = MemoryFileStore()
    engine, _ = open_engine(store)
    assert engine.sequence() == 1
    assert [write_and_wait(engine, batch(i)) for i in range(3)] == [2, 3, 4]
    assert engine.change(CreateTable(table="t", name="t")) == 4
    assert engine.sequence() == 4
    engine.close()
    again, _ = open_engine(store)
    again.await_sequence(4, 0)
    assert again.sequence() == 4
    again.close()


@pytest.mark.parametrize("beyond", [1, 2**63, 2**64 - 1])
def test_a_number_beyond_the_log_is_refused_at_once(beyond: int) -> None:
    """However long one would wait; both numbers are told."""
    engine, _ = open_engine(MemoryFileStore())
    before = time.monotonic()
    with pytest.raises(IncorrectState, match=f"{1 + beyond}.* ends at 1") as refusal:
        engine.await_sequence(1 + beyond, 60)
    assert time.monotonic() - before < 5
    assert (refusal.value.asked, refusal.value.applied) == (1 + beyond, 1)
    engine.close()


def test_what_is_on_disk_and_not_visible_is_waited_for() -> None:
    """As long as one says, and no longer than it takes."""
    engine, state = slow_engine()
    with pytest.raises(RequestTimeout, match=r"number 2 .* 1 is applied") as refusal:
        engine.await_sequence(2, 0.05)
    assert (refusal.value.asked, refusal.value.applied) == (2, 1)
    seen: list[int] = []

    def wait() -> None:
        engine.await_sequence(2, 10)
        seen.append(len(state.records))

    waiting = [threading.Thread(target=wait) for _ in range(3)]
    for thread in waiting:
        thread.start()
    state.may_apply.set()
    for thread in waiting:
        thread.join(10)
    assert seen == [1, 1, 1]
    engine.close()


def test_what_failed_to_be_applied_is_never_said_to_be_visible() -> None:
    """A writer that stopped half-way stays where it was."""
    engine, state = open_engine(MemoryFileStore())
    state.fails_at.add("apply")
    assert isinstance(write_and_wait(engine, batch(1)), InternalError)
    assert engine.sequence() == 1
    with pytest.raises(RequestTimeout):
        engine.await_sequence(2, 0.01)
    engine.close()
