"""Counters and cached bitmaps follow every write, whatever was asked in between."""

from random import Random
from typing import Any

import numpy as np
import pytest

from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.cache.bitmaps import FieldBitmaps
from roarbase.engine.cache.keys import AnyRowKey, RowKey
from roarbase.engine.cache.store import BitmapStore
from roarbase.engine.edits import ClearRow, DeleteRecords, Edits, Step, StoreRow
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.model.budget import Budget
from roarbase.model.changes import DropField, DropTable, DropViews
from roarbase.testing.batches import Removed, Replaced, Write, batch_of
from tests.engine.generated import MOMENT_POOL, SPECS, random_batches
from tests.engine.questions import QUESTIONS
from tests.engine.states import KERNELS, kernels_of, outcome, reference_of, schema_entries


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("cache_bytes", [0, 1600, 1 << 20])
@pytest.mark.parametrize("seed", range(12))
def test_answers_stay_right_between_writes(seed: int, cache_bytes: int, kernels: str) -> None:
    """Questions asked again and again between writes are answered as the reference model does."""
    random = Random(seed)
    state, reference = BitmapState(kernels=kernels_of(kernels), cache_bytes=cache_bytes), reference_of()
    for entry in schema_entries():
        state.apply(entry)
    for writes in [*random_batches(seed, is_keyed=False), *random_batches(seed + 100, is_keyed=False)]:
        write(state, writes)
        reference.write(writes)
        for question in random.choices(QUESTIONS, k=30):
            assert outcome(state, question) == repr(reference.answer(question))
        assert state.verify() == []
        for name in ("visits", "steps"):
            ended_by = random.choice(MOMENT_POOL)
            state.apply(DropViews(table="t", field_id=f"id of {name}", ended_by=ended_by))
            reference.drop_views(name, ended_by)
        for question in random.choices(QUESTIONS, k=10):
            assert outcome(state, question) == repr(reference.answer(question))
        assert state.verify() == []


def filled(kernels: str = "plain") -> BitmapState:
    """A table with a thousand records, about which everything was asked twice."""
    state = BitmapState(kernels=kernels_of(kernels))
    for entry in schema_entries():
        state.apply(entry)
    write(state, [(i, {"count": i % 7, "kind": i % 3, "tags": [i % 5, 7], "flag": i % 2 == 0}) for i in range(1000)])
    for question in QUESTIONS * 2:
        outcome(state, question)
    return state


def write(state: BitmapState, writes: Any) -> None:
    state.apply(state.assign(batch_of("t", SPECS, writes, is_keyed=False)))


def field_of(state: BitmapState, name: str) -> Any:
    return state.tables()["t"].get_field(name)


def test_verify_names_what_differs() -> None:
    """A counter, a histogram, a zone, a bit of a cached bitmap: each is found when it is wrong."""
    state = filled()
    assert state.verify() == []
    field_of(state, "kind").column.counters.add(np.array([1]))
    field_of(state, "count").column.counters.total += 1
    field_of(state, "count").column.counters._cells[0] += 1
    field_of(state, "count").column.buffers.get(2, 0)[0] = 3, 4
    field_of(state, "count").column.held_counts[0] -= 1
    next(iter(field_of(state, "tags").bitmaps.entries.values())).get(0, 0)[0] ^= np.uint64(2)
    state.tables()["t"].exists.counts[0] += 1
    state.tables()["t"].records._positions._taken.remove(np.array([5, 9]))
    found = state.verify()
    whats = ("records hold row", "add up to", "histogram", "zones", "values, 999", "cached bitmap", "exist, 1001")
    for what in (*whats, "2 records are not found"):
        assert sum(what in sentence for sentence in found) == 1, (what, found)


def test_bitmaps_are_made_at_the_second_asking_and_dropped_with_their_field() -> None:
    """A row asked for once is not cached, asked for twice it is; dropped fields and tables leave nothing."""
    state = BitmapState(kernels=kernels_of("plain"))
    for entry in schema_entries():
        state.apply(entry)
    write(state, [(1, {"kind": 5})])
    before = state.memory_bytes()
    assert outcome(state, p.Records(p.RowIs("kind", 5))) == "RecordsResult(records=[1], is_keyed=False)"
    assert state.memory_bytes() == before
    outcome(state, p.Records(p.RowIs("kind", 5)))
    assert state.memory_bytes() == before + 512
    state.apply(DropField(table="t", name="kind"))
    assert state.memory_bytes() < before
    state.apply(DropTable(table="t"))
    assert state.memory_bytes() == 0


CHANGES: dict[str, Write | Step] = {
    "rows added": (3, {"tags": [9], "kind": 1}),
    "a new record": (2000, {"tags": [9]}),
    "a new record without": (2001, {"count": 1}),
    "the last row taken": (0, {"tags": Removed([0, 7])}),
    "one of two taken": (1, {"tags": Removed([7])}),
    "others instead": (2, {"tags": Replaced([4])}),
    "none instead": (3, {"tags": None, "kind": None}),
    "a row cleared": ClearRow("tags", 7),
    "a row stored": StoreRow("tags", 7, p.NumberRange("count", 2, 3)),
    "another row cleared": ClearRow("tags", 3),
    "a kind cleared": ClearRow("kind", 1),
    "a kind stored": StoreRow("kind", 5, p.NumberRange("count", 0, 1)),
    "records ended": DeleteRecords(p.NumberRange("count", 3, 5)),
}


def test_whoever_has_a_row_is_known_without_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bitmaps of records with a row at all follow every kind of write; asked again, no column is read."""
    state = filled()
    bitmaps = [field_of(state, name).bitmaps for name in ("tags", "kind")]
    assert all(AnyRowKey() in each.entries for each in bitmaps)
    for what, change in CHANGES.items():
        if isinstance(change, tuple):
            write(state, [change])
        else:
            state.apply(state.assign(Edits(table="t", steps=(change,))), 1)
        assert state.verify() == [], what
    assert all(AnyRowKey() in each.entries for each in bitmaps)
    summary = p.Summarize(input=p.All(), keys=("tags",), values=(p.SummaryValue("count"),))
    expected = outcome(state, summary)
    monkeypatch.setattr(type(kernels_of("plain")), "group", None)
    assert outcome(state, summary) == expected


def test_the_store_drops_what_was_not_used_for_longest() -> None:
    """Under its budget the store keeps the bitmaps used last, and finds them."""
    store, bitmaps = BitmapStore(1024), FieldBitmaps(PlainKernels())
    bitmaps.resize(0, 4096)
    for code in (1, 2):
        store.add(bitmaps, RowKey(code), bitmaps.empty())
    assert store.find(bitmaps, RowKey(1)) is not None
    store.add(bitmaps, RowKey(3), bitmaps.empty())
    assert [store.find(bitmaps, RowKey(code)) is not None for code in (1, 2, 3)] == [True, False, True]
    assert (store.nbytes, [*bitmaps.entries]) == (1024, [RowKey(1), RowKey(3)])
    bitmaps.resize(0, 8192)
    store.recount()
    assert (store.nbytes, len(bitmaps.entries)) == (1024, 1)


def test_unfiltered_questions_need_no_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """What counters tell is not worked out again."""
    state = filled()
    for name in ("count", "total", "extreme", "group", "row_counts", "emit", "bitmap"):
        monkeypatch.setattr(type(kernels_of("plain")), name, None)
    asked: list[p.Plan] = [
        p.Count(p.All()),
        p.Count(p.RowIs("tags", 7)),
        p.Count(p.NumberRange("count", 2, 4)),
        p.Count(p.NotNull("count")),
        p.Rows(field="tags"),
        p.TopRows(field="tags", k=2),
        p.Sum("count"),
        p.MinMax("max", "count"),
        p.Distinct("count"),
        p.Distinct("kind"),
        p.GroupBy(fields=(p.GroupField(field="tags"),)),
        p.GroupBy(fields=(p.GroupField(field="count"),)),
    ]
    assert [outcome(state, question)[:30] for question in asked if "Error" in outcome(state, question)] == []
    assert outcome(state, p.Count(p.NumberRange("count", 2, 4))) == "CountResult(count=429)"


@pytest.mark.parametrize("kernels", KERNELS)
def test_columns_alone_answer_alike(kernels: str) -> None:
    """With caches dropped and counters ignored every question has the same answer, and no bitmap is left."""
    state = filled(kernels)
    expected = [outcome(state, question) for question in QUESTIONS]
    before = state.memory_bytes()
    state.drop_caches()
    assert state.memory_bytes() < before
    state.uses_counters = False
    assert [outcome(state, question) for question in QUESTIONS] == expected
    state.drop_caches()
    assert field_of(state, "tags").bitmaps.entries == {}


@pytest.mark.parametrize("seed", range(8))
def test_an_answer_is_of_the_moment_at_which_it_was_gathered(seed: int) -> None:
    """What is written between the gathering, which holds the lock, and the rest changes nothing in the answer."""
    state = BitmapState(kernels=kernels_of("plain"))
    for entry in schema_entries():
        state.apply(entry)
    for writes in random_batches(seed, is_keyed=False):
        write(state, writes)
    questions = [*QUESTIONS, p.Extract(input=p.All(), fields=tuple(spec.name for spec in SPECS)), p.Records(p.All())]
    expected = [outcome(state, question) for question in questions]
    finishes = [state.begin("t", question, Budget()) for question in questions]
    for writes in random_batches(seed + 1, is_keyed=False):
        write(state, writes)
    assert [repr(finish()) for finish in finishes] == expected
