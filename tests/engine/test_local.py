"""The local engine: a write is answered once it is on disk and visible; groups share a sync."""

import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

from roarbase.engine.estimates import estimate_bytes
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.engine.plan import All, Count
from roarbase.engine.port import Engine
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.errors import (
    OperatorError,
    ResourceLimitExceeded,
    ResourceNotFound,
    RoarbaseError,
    Unavailable,
)
from roarbase.model.batch import Batch, KeyedRows, MutexColumn, NumberColumn, SetColumn
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateTable, DropTable
from roarbase.testing.faulty_file_store import FaultyFileStore
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.local_fakes import ROOT, FakeState, Outcomes, batch, open_engine, recorded, write_and_wait


def test_a_write_is_visible_when_it_is_answered() -> None:
    """The answer is the sequence number, and the state holds the batch by then."""
    engine, state = open_engine(MemoryFileStore())
    assert write_and_wait(engine, batch(5, 6)) == 2
    assert state.records == [("t", 5), ("t", 6)]
    assert write_and_wait(engine, batch(7)) == 3
    engine.close()


def test_who_waits_is_told_what_was_done() -> None:
    """Or hears the error; by the writer itself, and not in the way of answers that nobody waits for."""
    delivered: list[object] = []
    engine, state = open_engine(MemoryFileStore(), deliver=delivered.extend)
    written = engine.commit(batch(5, 6))
    assert (written.sequence, written.changed) == (2, (2,))
    assert state.records == [("t", 5), ("t", 6)]
    with pytest.raises(ResourceNotFound, match="u"):
        engine.commit(batch(7, table="u"))
    assert not delivered
    engine.close()
    with pytest.raises(Unavailable, match="closed"):
        engine.commit(batch(8))


def test_a_write_is_on_disk_before_it_is_applied() -> None:
    """Nothing becomes visible that a power loss could take back."""
    store = FaultyFileStore(MemoryFileStore())
    engine, state = open_engine(store)
    syncs: list[int] = []
    apply = state.apply
    state.apply = lambda *entry: (syncs.append(store.calls("sync")), apply(*entry))[1]  # type: ignore[method-assign]
    before = store.calls("sync")
    write_and_wait(engine, batch(1))
    assert syncs == [before + 1]
    engine.close()


def test_a_restart_finds_everything() -> None:
    """Closing and opening again replays changes and batches in order."""
    store = MemoryFileStore()
    engine, _ = open_engine(store)
    for number in range(5):
        write_and_wait(engine, batch(number, number + 100))
    engine.close()
    assert recorded(store) == [0, 100, 1, 101, 2, 102, 3, 103, 4, 104]


def test_changes() -> None:
    """A change answers its sequence number; one that changes nothing is not logged; errors are raised."""
    store = FaultyFileStore(MemoryFileStore())
    engine, state = open_engine(store)
    assert engine.change(CreateTable(table="u", name="u")) == 2
    writes = store.calls("write_at")
    assert engine.change(CreateTable(table="u", name="u")) == 2
    assert store.calls("write_at") == writes
    assert engine.change(DropTable(table="u")) == 3
    with pytest.raises(ResourceNotFound, match="u"):
        engine.change(DropTable(table="u"))
    assert state.tables == {"t"}
    assert engine.schema().version == 1
    engine.close()


def queue_up(engine: LocalEngine, state: FakeState, *actions: Callable[[], None]) -> None:
    """Perform actions while the writer is held in a write, so that all of them are queued together."""
    state.gate.clear()
    state.arrived.clear()
    engine.write(batch(0), lambda _: None)
    assert state.arrived.wait(10)
    for action in actions:
        action()
    state.gate.set()


def test_what_queues_up_shares_one_sync_and_one_delivery() -> None:
    """A hundred batches that wait together are one group."""
    store = FaultyFileStore(MemoryFileStore())
    delivered: list[int] = []

    def deliver(answers: list[Callable[[], None]]) -> None:
        delivered.append(len(answers))
        for answer in answers:
            answer()

    engine, state = open_engine(store, deliver=deliver)
    outcomes = Outcomes()
    syncs = store.calls("sync")
    queue_up(engine, state, *(partial(engine.write, batch(i), outcomes.done) for i in range(1, 101)))
    engine.close()
    assert outcomes == list(range(3, 103))
    assert delivered == [1, 100]
    assert store.calls("sync") - syncs == 3  # the held batch, the group, and the mark at the close
    assert recorded(store) == list(range(101))


@pytest.mark.parametrize(("name", "bound"), [("_GROUP_WRITES", 4), ("_GROUP_BYTES", 4 * 8)])
def test_a_group_is_bounded(name: str, bound: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither too many batches nor too many bytes go into one group; all are written."""
    monkeypatch.setattr(f"roarbase.engine.writer.{name}", bound)
    store = FaultyFileStore(MemoryFileStore())
    engine, state = open_engine(store)
    outcomes = Outcomes()
    syncs = store.calls("sync")
    queue_up(engine, state, *(partial(engine.write, batch(i), outcomes.done) for i in range(1, 11)))
    engine.close()
    assert len(outcomes) == 10
    assert store.calls("sync") - syncs == 1 + 3 + 1


def test_a_refused_batch_disturbs_no_other() -> None:
    """In one group, the batch of an unknown table and one that cannot be encoded are told; the others are kept."""
    store = MemoryFileStore()
    engine, state = open_engine(store)
    state.tables.add("\ud800")
    outcomes = Outcomes()
    queue_up(
        engine,
        state,
        lambda: engine.write(batch(1), outcomes.done),
        lambda: engine.write(batch(2, table="none"), outcomes.done),
        lambda: engine.write(batch(3, table="\ud800"), outcomes.done),
        lambda: engine.write(batch(4), outcomes.done),
    )
    engine.close()
    told = [outcome for outcome in outcomes if isinstance(outcome, RoarbaseError)]
    assert [error.code for error in told] == ["ResourceNotFound", "InternalError"]
    assert [outcome for outcome in outcomes if isinstance(outcome, int)] == [3, 4]
    assert state.taken == []
    assert recorded(store) == [0, 1, 4]


def test_a_change_stands_between_batches() -> None:
    """Batches queued before a drop are kept, those after it are refused, and replay agrees."""
    store = MemoryFileStore()
    engine, state = open_engine(store)
    outcomes = Outcomes()
    dropping = Thread(target=lambda: engine.change(DropTable(table="t")))

    def drop() -> None:
        dropping.start()
        while not any(type(request).__name__ == "ChangeRequest" for request in engine._writer._queue):
            Event().wait(0.001)

    queue_up(
        engine,
        state,
        lambda: engine.write(batch(1), outcomes.done),
        drop,
        lambda: engine.write(batch(2), outcomes.done),
    )
    dropping.join()
    engine.close()
    assert outcomes[0] == 3
    assert isinstance(outcomes[1], ResourceNotFound)
    assert recorded(store) == [0, 1]


def test_memory_is_bounded() -> None:
    """A batch past the limit is refused with figures, within a group too, and nothing of it is logged."""
    store = MemoryFileStore()
    engine, state = open_engine(store, limit_bytes=8 * 5)
    outcomes = Outcomes()
    queue_up(
        engine,
        state,
        lambda: engine.write(batch(1, 2), outcomes.done),
        lambda: engine.write(batch(3, 4, 5), outcomes.done),
        lambda: engine.write(batch(6, 7), outcomes.done),
        lambda: engine.write(batch(8), outcomes.done),
    )
    engine.close()
    assert {outcome for outcome in outcomes if isinstance(outcome, int)} == {3, 4}
    told = [outcome for outcome in outcomes if isinstance(outcome, ResourceLimitExceeded)]
    assert [error.values for error in told] == [
        {"limit_bytes": 40, "memory_bytes": 24, "size_bytes": 24},
        {"limit_bytes": 40, "memory_bytes": 40, "size_bytes": 8},
    ]
    assert "40 bytes of its shape" in told[0].message
    assert engine.memory_bytes() == 40
    assert recorded(store) == [0, 1, 2, 6, 7]


def test_the_estimate_counts_values_and_keys() -> None:
    """A batch is estimated by its arrays, and by the bytes and places of its keys."""
    states = np.ones(2, dtype=np.uint8)
    keyed = KeyedRows(keys=["abc"], codes=np.zeros(2, dtype=np.int64))
    number = NumberColumn(field="n", states=states, values=np.zeros(2, dtype=np.int64))
    mutex = MutexColumn(field="m", states=states, rows=keyed)
    rows = SetColumn(field="s", offsets=np.array([0, 1, 3]), rows=np.zeros(3, dtype=np.uint64))
    assert estimate_bytes(Batch(table="t", columns=(number, mutex, rows), keys=["a", "bä"])) == (
        4 + 2 * 36 + 16 + 16 + 3 + 36 + 24
    )
    assert estimate_bytes(batch()) == 0


def is_refused(engine: LocalEngine, change: DropTable) -> None:
    with pytest.raises(Unavailable):
        engine.change(change)


def test_what_may_wait_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the disk stalls, what does not fit into the queue is refused at once; what is in it is kept."""
    monkeypatch.setattr("roarbase.engine.writer._QUEUE_BYTES", 2 * 4096 + 3 * 8)
    store = MemoryFileStore()
    engine, state = open_engine(store)
    outcomes, refused = Outcomes(), Outcomes()
    queue_up(
        engine,
        state,
        lambda: engine.write(batch(*range(1, 1001)), outcomes.done),  # alone, a batch of any size is taken
        lambda: engine.write(batch(2000), refused.done),
        lambda: is_refused(engine, DropTable(table="t")),
    )
    engine.close()
    assert [type(outcome) for outcome in refused] == [Unavailable]
    assert outcomes == [3]
    assert recorded(store) == list(range(1001))


def test_the_queue_forgets_what_left_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """After many more writes than may wait at once, the next one is still taken."""
    monkeypatch.setattr("roarbase.engine.writer._QUEUE_BYTES", 2 * 4096 + 2 * 8)
    engine, state = open_engine(MemoryFileStore())
    outcomes = Outcomes()
    for round_ in range(1, 6):
        queue_up(engine, state, *(partial(engine.write, batch(1), outcomes.done) for _ in range(2)))
        while len(outcomes) < 2 * round_:
            Event().wait(0.001)
    engine.close()
    assert [type(outcome) for outcome in outcomes] == [int] * 10


def test_close_finishes_what_is_queued_and_refuses_the_rest() -> None:
    """Queued writes are answered before close returns; later ones hear Unavailable; closing twice is fine."""
    store = MemoryFileStore()
    engine, _ = open_engine(store)
    outcomes = Outcomes()
    for number in range(50):
        engine.write(batch(number), outcomes.done)
    engine.close()
    engine.close()
    assert outcomes == list(range(2, 52))
    late = Outcomes()
    engine.write(batch(99), late.done)
    assert [type(outcome) for outcome in late] == [Unavailable]
    with pytest.raises(Unavailable):
        engine.change(DropTable(table="t"))
    assert recorded(store) == list(range(50))


def test_one_engine_per_directory() -> None:
    """A second opener is refused with the directory named, until the first has closed or failed to open."""
    store = MemoryFileStore()
    engine, _ = open_engine(store)
    with pytest.raises(OperatorError, match="/disk/engine is in use"):
        open_engine(store)
    engine.close()
    open_engine(store)[0].close()

    def no_state() -> FakeState:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        open_local_engine(ROOT, store, no_state, 1)
    open_engine(store)[0].close()


def test_reads_go_to_the_state() -> None:
    """A run passes through, with its errors, after the close too."""
    engine, _ = open_engine(MemoryFileStore())
    as_port: Engine = engine
    engine.close()
    with pytest.raises(ResourceNotFound):
        as_port.run("none", Count(All()), Budget())


def test_many_writers(tmp_path: Path) -> None:
    """Eight threads write to a real disk: every answer is unique, and a restart finds all in that order."""
    engine, state = open_engine(DiskFileStore(), tmp_path)
    answers: dict[int, int] = {}

    def write_all(writer: int) -> None:
        for number in range(40):
            written = writer * 1000 + number
            outcome = write_and_wait(engine, batch(written))
            assert isinstance(outcome, int)
            answers[outcome] = written

    threads = [Thread(target=write_all, args=(writer,)) for writer in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.close()
    assert sorted(answers) == list(range(2, 322))
    in_order = [answers[sequence] for sequence in sorted(answers)]
    assert [record for _, record in state.records] == in_order
    assert recorded(DiskFileStore(), tmp_path) == in_order


@pytest.mark.skipif(sys.platform != "linux", reason="counts descriptors in /proc")
def test_idle_engines_cost_almost_nothing(tmp_path: Path) -> None:
    """A hundred opened engines start no thread, and hold two descriptors and 1 MiB of disk each."""
    threads, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))
    engines = [open_local_engine(tmp_path / str(i), DiskFileStore(), FakeState, 1 << 30) for i in range(100)]
    assert threading.active_count() == threads
    assert len(os.listdir("/proc/self/fd")) - descriptors <= 200
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.seg")) == 100 << 20
    for engine in engines:
        engine.close()
    assert len(os.listdir("/proc/self/fd")) == descriptors
