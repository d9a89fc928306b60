"""The local engine when something fails: nobody is left waiting, and memory follows the log."""

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest

from roarbase.engine.local import open_local_engine
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.errors import InternalError, OperatorError, RoarbaseError, Unavailable
from roarbase.model.changes import CreateTable
from roarbase.testing.faulty_file_store import FaultyFileStore
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.local_fakes import ROOT, FakeState, Outcomes, batch, open_engine, recorded, write_and_wait


def test_a_disk_that_refuses_a_group() -> None:
    """The whole group hears Unavailable, its keys are taken back, reads go on, and the next write is kept."""
    store = FaultyFileStore(MemoryFileStore())
    engine, state = open_engine(store)
    assert write_and_wait(engine, batch(1)) == 2
    store.break_at(store.call_count + 2)
    refusal = write_and_wait(engine, batch(2))
    assert isinstance(refusal, Unavailable)
    assert "nothing was changed" in refusal.message
    assert state.taken == []
    assert state.records == [("t", 1)]
    assert write_and_wait(engine, batch(3)) == 3
    engine.close()
    assert recorded(store) == [1, 3]


def test_a_disk_that_refuses_a_change() -> None:
    """A change that cannot be logged is raised and not applied; asked again, it happens."""
    store = FaultyFileStore(MemoryFileStore())
    engine, state = open_engine(store)
    store.break_at(store.call_count + 2)
    with pytest.raises(Unavailable):
        engine.change(CreateTable(table="u", name="u"))
    assert state.tables == {"t"}
    assert engine.change(CreateTable(table="u", name="u")) == 2
    engine.close()


@pytest.mark.parametrize("is_lasting", [False, True])
def test_a_fault_at_every_call(is_lasting: bool) -> None:
    """Whichever call of the store fails, each answer is true: a restart finds the kept batches and no other."""
    at = 0
    while True:
        at += 1
        inner = MemoryFileStore()
        store = FaultyFileStore(inner, at, is_lasting=is_lasting)
        try:
            engine, state = open_engine(store)
        except (OperatorError, Unavailable):
            assert at < 15
            continue
        kept, in_doubt = [], []
        for number in range(6):
            outcome = write_and_wait(engine, batch(number))
            if isinstance(outcome, int):
                kept.append(number)
            elif outcome.in_doubt:
                in_doubt.append(number)
        engine.close()
        is_over = store.call_count < at
        assert [record for _, record in state.records] == kept
        assert recorded(inner.after_crash()) in (kept, kept + in_doubt)
        assert len(in_doubt) <= 1
        if is_over:
            break
    assert kept == list(range(6))


@pytest.mark.parametrize("place", ["assign", "apply"])
def test_a_bug_stops_writing_and_leaves_nobody_waiting(place: str, caplog: pytest.LogCaptureFixture) -> None:
    """The group hears InternalError, all later writes Unavailable; reads and closing go on."""
    caplog.set_level(logging.CRITICAL, logger="roarbase")
    store = MemoryFileStore()
    engine, state = open_engine(store)
    assert write_and_wait(engine, batch(1)) == 2
    state.gate.clear()
    state.arrived.clear()
    outcomes = Outcomes()
    state.fails_at = {place}
    engine.write(batch(2), outcomes.done)
    assert state.arrived.wait(10)
    engine.write(batch(3), outcomes.done)
    state.gate.set()
    refusal = write_and_wait(engine, batch(4))
    assert [type(outcome) for outcome in (*outcomes, refusal)] == [InternalError, Unavailable, Unavailable]
    assert isinstance(outcomes[0], InternalError)
    assert isinstance(outcomes[0].__cause__, ZeroDivisionError)
    assert isinstance(refusal, Unavailable)
    assert "restart" in refusal.message
    with pytest.raises(Unavailable):
        engine.change(CreateTable(table="u", name="u"))
    assert engine.memory_bytes() == 8
    engine.close()
    assert recorded(store) == ([1] if place == "assign" else [1, 2])


def test_a_bug_in_a_change_is_raised(caplog: pytest.LogCaptureFixture) -> None:
    """The caller of a change hears of a bug as of any error."""
    caplog.set_level(logging.CRITICAL, logger="roarbase")
    engine, state = open_engine(MemoryFileStore())
    state.fails_at = {"apply"}
    with pytest.raises(InternalError):
        engine.change(CreateTable(table="u", name="u"))
    with pytest.raises(Unavailable):
        engine.change(CreateTable(table="u", name="u"))
    engine.close()


def test_a_receiver_that_fails_disturbs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    """An answer whose receiver raises is logged; the others are told, and writing goes on."""
    engine, state = open_engine(MemoryFileStore())
    state.gate.clear()
    answered = Event()

    def fail(_: int | RoarbaseError) -> None:
        raise ZeroDivisionError

    engine.write(batch(1), fail)
    engine.write(batch(2), fail)
    engine.write(batch(3), lambda _: answered.set())
    state.gate.set()
    assert answered.wait(10)
    assert write_and_wait(engine, batch(4)) == 5
    engine.close()
    assert "receiver" in caplog.text


def test_a_delivery_that_fails_does_not_stop_the_writer(caplog: pytest.LogCaptureFixture) -> None:
    """When the event loop that should be told is gone, writes are kept all the same."""

    def deliver(_: list[Callable[[], None]]) -> None:
        raise RuntimeError("Event loop is closed")

    store = MemoryFileStore()
    engine, _ = open_engine(store, deliver=deliver)
    for number in range(3):
        engine.write(batch(number), lambda _: None)
    engine.close()
    assert recorded(store) == [0, 1, 2]
    assert "could not be delivered" in caplog.text


def test_no_thread_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine out of threads refuses the write, and takes it once it has one."""

    def refuse(_: object) -> None:
        raise RuntimeError("can't start new thread")

    store = MemoryFileStore()
    engine = open_local_engine(ROOT, store, FakeState, 1 << 30)
    with monkeypatch.context() as patch:
        patch.setattr("roarbase.engine.writer.Thread.start", refuse)
        with pytest.raises(Unavailable, match="no thread"):
            engine.change(CreateTable(table="t", name="t"))
    assert engine.change(CreateTable(table="t", name="t")) == 1
    engine.close()


@pytest.mark.parametrize("round_", range(4))
def test_a_process_that_is_killed(round_: int, tmp_path: Path) -> None:
    """After a SIGKILL in the middle of writing, every batch that was answered is there once, in order."""
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    with child:
        assert child.stdout is not None
        answered = [int(child.stdout.readline()) for _ in range(20 + 7 * round_)]
        child.kill()
        answered += [int(line) for line in child.stdout if line.endswith("\n")]
    found = recorded(DiskFileStore(), tmp_path)
    assert found == list(range(len(found)))
    assert answered == found[: len(answered)]
    assert len(found) - len(answered) <= 64


KILLED = """
import sys
from pathlib import Path
from threading import Semaphore
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.model.written import Written
from tests.engine.local_fakes import batch, open_engine

engine, _ = open_engine(DiskFileStore(), Path(sys.argv[1]))
room = Semaphore(64)

def tell(number, outcome):
    assert isinstance(outcome, Written)
    print(number, flush=True)
    room.release()

for number in range(1_000_000):
    room.acquire()
    engine.write(batch(number), lambda outcome, number=number: tell(number, outcome))
"""
