"""Edits through the engine: their order, the disk that refuses, steps that see each other, and restarts."""

import threading
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.edits import ClearRow, DeleteRecords, Edits, Step, StoreRow, Write
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.engine.storage.entries import Entry
from roarbase.engine.storage.file_store import FileStore
from roarbase.errors import BadRequest, ResourceLimitExceeded, RoarbaseError, Unavailable
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget
from roarbase.model.written import Written
from roarbase.testing.batches import batch_of
from roarbase.testing.faulty_file_store import FaultyFileStore
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.generated import SPECS
from tests.engine.states import schema_entries

ROOT = Path("/disk/engine")


class Table:
    """An engine with a table `t` that has a field of every type."""

    def __init__(self, store: FileStore, limit_bytes: int = 1 << 40) -> None:
        self.state = BitmapState()
        self.engine: LocalEngine = open_local_engine(ROOT, store, lambda: self.state, limit_bytes)
        for change in schema_entries() if not self.engine.schema().tables else ():
            self.engine.change(change)  # type: ignore[arg-type]

    def write(self, *writes: Write) -> list[Written | RoarbaseError]:
        """The outcomes of several writes; all but the first are queued while that one is held back."""
        outcomes: dict[int, Written | RoarbaseError] = {}
        answered = [Event() for _ in writes]

        def done(number: int, outcome: Written | RoarbaseError) -> None:
            outcomes[number] = outcome
            answered[number].set()

        with self.state.tables()["t"].lock.shared():
            for number, write in enumerate(writes):
                self.engine.write(write, lambda outcome, number=number: done(number, outcome))  # type: ignore[misc]
                while number == 0 and self.engine._writer._queue:
                    Event().wait(0.001)
        assert all(event.wait(10) for event in answered)
        return [outcomes[number] for number in range(len(writes))]

    def ask(self, plan: p.Plan) -> Any:
        return self.engine.run("t", plan, Budget())

    def cells(self, field: str) -> dict[Any, Any]:
        found = self.ask(p.Extract(input=p.All(), fields=(field,)))
        return dict(zip(found.records.cells, found.fields[0].cells, strict=True))


def batch(*writes: Any) -> Batch:
    return batch_of("t", SPECS, writes, is_keyed=False)


def edits(*steps: Step) -> Edits:
    return Edits(table="t", steps=steps)


def test_edits_take_their_place_in_the_order() -> None:
    """A deletion sees what was queued before it and nothing of what was queued behind."""
    store = MemoryFileStore()
    table = Table(store)
    outcomes = table.write(
        batch((1, {"count": 1}), (2, {"count": 2})),
        batch((3, {"count": 1})),
        edits(DeleteRecords(p.NumberRange("count", 1, 1))),
        batch((1, {"tags": [5]}), (4, {"count": 1})),
        edits(DeleteRecords(p.RecordSet((2,)))),
        edits(DeleteRecords(p.RecordSet((2, 4)))),
    )
    first = outcomes[0].sequence  # type: ignore[union-attr]
    assert outcomes == [
        Written(sequence=first + number, changed=(changed,)) for number, changed in enumerate((2, 1, 2, 2, 1, 1))
    ]
    assert table.cells("count") == {1: None}
    assert table.cells("tags") == {1: (5,)}
    table.engine.close()
    assert Table(store).cells("tags") == {1: (5,)}


def test_what_names_its_records_shares_a_sync() -> None:
    """Edits by name are one group, however many; one that searches begins another."""
    store = FaultyFileStore(MemoryFileStore())
    table = Table(store)
    before = store.calls("sync")
    named = [edits(ClearRow("tags", row, p.RecordSet((row,)))) for row in range(20)]
    table.write(batch((1, {"tags": [1, 2]})), batch((2, {})), *named)
    assert store.calls("sync") == before + 2  # the one held back, and the others
    table.write(batch((1, {})), *named, edits(ClearRow("tags", 2, p.NotNull("tags"))), *named)
    assert store.calls("sync") == before + 2 + 3


def test_steps_see_each_other() -> None:
    """Of one write, a step that searches finds what the steps before it wrote; all of it is one entry of the log."""
    store = FaultyFileStore(MemoryFileStore())
    table = Table(store)
    before = store.calls("sync")
    written = table.write(
        edits(
            batch((1, {"tags": [1]}), (2, {"tags": [1], "words": ["a"]})),
            StoreRow("tags", 9, p.RowIs("tags", 1)),
            ClearRow("tags", 1, p.RowIs("words", "a")),
            StoreRow("words", "b", p.Difference((p.RowIs("tags", 9), p.RowIs("words", "a")))),
            batch((3, {"words": ["b"]})),
        )
    )
    assert [outcome.changed for outcome in written] == [(2, 2, 1, 1, 1)]  # type: ignore[union-attr]
    assert store.calls("sync") == before + 1
    live = [table.cells(field) for field in ("tags", "words")]
    assert live == [{1: (1, 9), 2: (9,), 3: None}, {1: ("b",), 2: ("a",), 3: ("b",)}]
    table.engine.close()
    again = Table(store)
    assert [again.cells(field) for field in ("tags", "words")] == live
    assert again.state.verify() == []


DEPENDENT = (
    batch((1, {"words": ["new"], "town": "bergen", "count": 5, "visits": ["v"]}), (7, {"kind": 3})),
    ClearRow("words", "old"),
    StoreRow("words", "newer", p.RowIs("words", "new")),
    StoreRow("kind", 8, p.NumberRange("count", 5)),
    ClearRow("visits", "v", p.NotNull("count")),
)


def filled(store: FileStore, limit_bytes: int = 1 << 40) -> Table:
    table = Table(store, limit_bytes)
    table.write(batch((1, {"words": ["old"], "kind": 1, "count": 300, "visits": ["v", "w"]}), (2, {"words": ["old"]})))
    return table


def contents(table: Table) -> list[Any]:
    assert table.state.verify() == []
    return [table.cells(spec.name) for spec in SPECS]


def test_a_step_that_fails_undoes_those_before_it() -> None:
    """After an error in a later step, records, values, rows, keys and caches are as before, also after a restart."""
    store = MemoryFileStore()
    table = filled(store)
    for _ in range(3):
        table.ask(p.Records(p.Intersect((p.RowIs("words", "old"), p.NumberRange("count", 0)))))
    before = contents(table)
    for wrong in (StoreRow("count", 1, p.All()), ClearRow("none", 1), StoreRow("words", 1, p.All())):
        (outcome,) = table.write(edits(*DEPENDENT, wrong))
        assert isinstance(outcome, RoarbaseError)
        assert contents(table) == before
    table.write(edits(*DEPENDENT), batch((8, {"words": ["newest"]})))
    after = contents(table)
    assert after != before
    assert table.ask(p.Rows(field="words")).rows == ["new", "newer", "newest"]
    table.engine.close()
    assert contents(Table(store)) == after


@pytest.mark.parametrize("steps", [DEPENDENT, (DeleteRecords(p.NotNull("words")),), (ClearRow("words", "old"),)])
def test_a_disk_that_refuses_leaves_nothing_of_a_write(steps: tuple[Step, ...]) -> None:
    """What cannot be logged is as if it had not been asked, and can be asked again."""
    store = FaultyFileStore(MemoryFileStore())
    table = filled(store)
    before = contents(table)
    store.break_at(store.call_count + 1)
    (outcome,) = table.write(edits(*steps))
    assert isinstance(outcome, Unavailable)
    assert contents(table) == before
    store.repair()
    outcomes = table.write(edits(*steps))
    assert isinstance(outcomes[0], Written)
    after = contents(table)
    assert after != before
    table.engine.close()
    assert contents(Table(store)) == after


def test_nobody_sees_steps_apart() -> None:
    """While a write of several steps waits for the disk, a question waits too, and then sees all of it or nothing."""
    table = filled(MemoryFileStore())
    log: Any = table.engine._log
    append: Callable[[list[bytes]], int] = log.append
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(table.cells("kind")))

    def slowly(bodies: list[bytes]) -> int:
        asking.start()
        asking.join(0.2)
        assert asking.is_alive()
        return append(bodies)

    log.append = slowly
    table.write(edits(*DEPENDENT))
    asking.join(10)
    assert answers == [{1: 8, 2: None, 7: 3}]


def test_memory_bounds_what_is_stored_not_what_is_deleted() -> None:
    """A row for many records is refused where it does not fit, alone or after other steps; deletions never are."""
    store = MemoryFileStore()
    table = Table(store)
    ids = np.arange(50_000, dtype=np.uint64)
    table.write(Batch(table="t", columns=(), ids=ids))
    used = table.engine.memory_bytes()
    table.engine.close()
    table = Table(store, used + 100_000)
    for steps in ((StoreRow("tags", 1, p.All()),), (batch((1, {"count": 1})), StoreRow("tags", 1, p.All()))):
        (outcome,) = table.write(edits(*steps))
        assert isinstance(outcome, ResourceLimitExceeded)
        assert "the write needs about 200" in outcome.message
    assert table.ask(p.Count(p.NotNull("count"))).count == 0
    (outcome,) = table.write(edits(DeleteRecords(p.All())))
    assert isinstance(outcome, Written)
    assert outcome.changed_total == 50_000


def test_a_write_of_nothing_is_a_write() -> None:
    """Edits without a step, and steps that change nothing, are answered like any other."""
    table = filled(MemoryFileStore())
    outcomes = table.write(edits(), edits(ClearRow("words", "unknown")), edits(DeleteRecords(p.Nothing())))
    assert [outcome.changed for outcome in outcomes] == [(), (0,), (0,)]  # type: ignore[union-attr]


def test_a_wrong_edit_disturbs_no_other() -> None:
    """In one group, an edit that a field does not take is told so; the others are made."""
    table = filled(MemoryFileStore())
    outcomes = table.write(batch((3, {})), edits(ClearRow("count", 1)), edits(ClearRow("words", "old")))
    assert [type(outcome) for outcome in outcomes] == [Written, BadRequest, Written]
    assert table.cells("words") == {1: None, 2: None, 3: None}


def test_every_entry_is_replayed_under_its_number() -> None:
    """A restart applies entries with the sequence numbers that they were answered with."""
    store = MemoryFileStore()
    table = filled(store)
    (deleted,) = table.write(edits(DeleteRecords(p.RecordSet((2,)))))
    table.engine.close()
    seen: list[tuple[Entry, int]] = []

    class Listening(BitmapState):
        def apply(self, entry: Entry, sequence: int = 0) -> tuple[int, ...]:
            seen.append((entry, sequence))
            return super().apply(entry, sequence)

    open_local_engine(ROOT, store, Listening, 1 << 40).close()
    assert [sequence for _, sequence in seen] == list(range(1, len(seen) + 1))
    assert seen[-1][1] == deleted.sequence  # type: ignore[union-attr]
