"""Runs that make bitmaps give the table to those who wait, and begin again."""

import threading
import time
from typing import Any

import pytest

from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.cache.bitmaps import FieldBitmaps
from roarbase.engine.cache.keys import JoinKey, RowKey
from roarbase.engine.cache.store import BitmapStore
from roarbase.engine.edits import ClearRow, Edits
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.locks import FairLock
from roarbase.engine.operators import turns
from roarbase.engine.operators.turns import TurnOver, Turns
from roarbase.engine.tables.frozen import FrozenCopy
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget
from roarbase.testing.batches import batch_of
from tests.engine.generated import SPECS
from tests.engine.states import schema_entries

WAIT_S = 10
RECORDS = 300
TAGS = p.GroupBy(fields=(p.GroupField(field="kind"), p.GroupField(field="tags")), limit=None)


class Interrupted(PlainKernels):
    """Kernels that call somebody before they make a bitmap."""

    def __init__(self) -> None:
        super().__init__()
        self.made = 0
        self.interrupt: Any = lambda: None

    def bitmap(self, *arguments: Any) -> Any:
        self.made += 1
        self.interrupt()
        return super().bitmap(*arguments)


class Writers:
    """Writers that come one after the other, each while a bitmap is made, and wait for the table."""

    def __init__(self, state: BitmapState) -> None:
        self.state = state
        self.entries = [state.assign(batch([(RECORDS + i, {"kind": 0, "tags": [1]})])) for i in range(9)]
        self.threads: list[threading.Thread] = []

    def come(self) -> None:
        """Have one more waiting."""
        self.check()
        entry = self.entries[len(self.threads)]
        self.threads.append(threading.Thread(target=self.state.apply, args=(entry,), daemon=True))
        self.threads[-1].start()
        until = time.monotonic() + WAIT_S
        while not self.state.tables()["t"].lock.is_waited_for and time.monotonic() < until:
            time.sleep(0.001)
        assert self.state.tables()["t"].lock.is_waited_for

    def check(self) -> None:
        """All who came are through."""
        for thread in self.threads:
            thread.join(WAIT_S)
            assert not thread.is_alive()


def batch(writes: Any) -> Batch:
    return batch_of("t", SPECS, writes, is_keyed=False)


def filled(kernels: PlainKernels, **options: int) -> BitmapState:
    """A table whose records have one of two kinds and one of three tags."""
    state = BitmapState(kernels=kernels, **options)
    for entry in schema_entries():
        state.apply(entry)
    state.apply(state.assign(batch([(i, {"kind": i % 2, "tags": [i % 3]}) for i in range(RECORDS)])))
    return state


def run(state: BitmapState) -> dict[Any, int]:
    """How many records each pair of kind and tag has."""
    table = state.run("t", TAGS, Budget()).table()  # type: ignore[union-attr]
    kinds, tags, counts = (list(column.cells) for column in table.columns)
    return {(kind, tag): count for kind, tag, count in zip(kinds, tags, counts, strict=True)}


def test_a_writer_waits_for_one_bitmap_and_not_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each writer is through before the next bitmap is made; none is made twice, and the answer is of one moment."""
    monkeypatch.setattr(turns, "_TURN_S", 0)
    kernels = Interrupted()
    state = filled(kernels)
    run(state)
    run(state)  # has those of the kinds made, and asks for those of the tags
    writers, before = Writers(state), kernels.made
    kernels.interrupt = writers.come
    answer = run(state)
    writers.check()
    assert kernels.made - before == len(writers.threads) == 3
    assert answer[0, 1] == RECORDS // 6 + len(writers.threads)
    assert sum(answer.values()) == RECORDS + len(writers.threads)
    assert run(state) == answer
    assert kernels.made - before == 3
    assert state.verify() == []


def test_a_run_ends_although_the_cache_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every bitmap drops one that was made before, turns are as many as they may be, and the answer is right."""
    monkeypatch.setattr(turns, "_TURN_S", 0)
    monkeypatch.setattr(turns.Turns.__init__, "__defaults__", (7,))
    kernels = Interrupted()
    state = filled(kernels, cache_bytes=512)  # one bitmap
    answer = run(state)
    writers, before = Writers(state), kernels.made

    def come() -> None:
        if len(writers.threads) < 7:
            writers.come()

    kernels.interrupt = come
    assert sum(run(state).values()) == RECORDS + 6
    assert 7 <= kernels.made - before <= 6 + 5
    writers.check()
    assert run(state)[0, 1] == answer[0, 1] + 7


def test_when_a_turn_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it was long enough and somebody waits, unless what was made is lost with the next write."""
    lock, row, join = FairLock(), RowKey(3), JoinKey(p.Referring("f", p.All(), "u"), ())
    run_turns = Turns(3)
    run_turns.begin()
    run_turns.end_if_due(row, [lock])
    monkeypatch.setattr(turns, "_TURN_S", 0)
    run_turns.end_if_due(row, [lock])
    with lock.shared():
        writer = threading.Thread(target=hold, args=(lock,), daemon=True)
        writer.start()
        until = time.monotonic() + WAIT_S
        while not lock.is_waited_for and time.monotonic() < until:
            time.sleep(0.001)
        run_turns.end_if_due(join, [lock])
        with pytest.raises(TurnOver):
            run_turns.end_if_due(row, [FairLock(), lock])
        monkeypatch.setattr(turns, "_TURN_S", 60)
        run_turns.end_if_due(row, [lock])
        monkeypatch.setattr(turns, "_TURN_S", 0)
        run_turns.end_all()
        run_turns.end_if_due(row, [lock])
    writer.join(WAIT_S)
    assert not lock.is_waited_for


def hold(lock: FairLock) -> None:
    with lock.exclusive():
        pass


def test_what_one_run_asks_for_in_two_turns_was_asked_for_once() -> None:
    """A bitmap is made for the second run that asks for it, in however many turns the first one did."""
    store, bitmaps, first, second = BitmapStore(1000), FieldBitmaps(PlainKernels()), Turns(), Turns()
    assert [first.is_wanted(store, bitmaps, RowKey(3)) for _ in range(3)] == [False] * 3
    assert [second.is_wanted(store, bitmaps, RowKey(3)) for _ in range(2)] == [True] * 2
    assert not second.is_wanted(store, bitmaps, RowKey(4))


def test_edits_are_asked_anew_each_time() -> None:
    """What an edit selects by gets its bitmap the second time, whatever was found out the first time."""
    state = BitmapState()
    for entry in schema_entries():
        state.apply(entry)
    state.apply(state.assign(batch([(i, {"kind": i % 3, "tags": [1, 2]}) for i in range(RECORDS)])))
    made = state.tables()["t"].fields["kind"].bitmaps.entries
    for expected in (0, 1, 1):
        state.apply(state.assign(Edits(table="t", steps=(ClearRow("tags", 1, p.RowIs("kind", 2)),))))
        assert len(made) == expected


def test_combinations_of_many_rows_are_counted_in_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few records with many rows in two fields to group by keep nobody waiting, and count as they would anyway."""
    monkeypatch.setattr("roarbase.engine.columns.growth._MAXIMUM_PLANES", 1)
    monkeypatch.setattr("roarbase.engine.operators.duration._FEW_RECORDS", 0)
    copies: list[int] = []
    made = FrozenCopy
    monkeypatch.setattr("roarbase.engine.bitmap_state.FrozenCopy", lambda *given: copies.append(1) or made(*given))
    state = BitmapState()
    for entry in schema_entries():
        state.apply(entry)
    state.apply(state.assign(batch([(i, {"tags": list(range(30))}) for i in range(8)])))
    plan = p.GroupBy(fields=(p.GroupField(field="tags"), p.GroupField(field="tags")), limit=None)
    for few, expected in ((2**20, 0), (100, 1), (900 * 8, 1), (900 * 8 - 1, 2)):
        monkeypatch.setattr("roarbase.engine.grouping.one_by_one._FEW", few)
        monkeypatch.setattr("roarbase.engine.grouping.one_by_one._COMBINATIONS", 2000)
        result = state.run("t", plan, Budget())
        assert [result.counts[i] for i in (0, 899)] == [8, 8]
        assert len(copies) == expected
