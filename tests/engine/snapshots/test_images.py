"""What is kept of a shard makes the same shard again, for every kind of column."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from roarbase.engine import edits as e
from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.names.record_keys import RecordKeys
from roarbase.engine.snapshots.loading import load_tables
from roarbase.engine.snapshots.taking import SnapshotTaker
from roarbase.engine.storage.manifest import read_manifest_or_none
from roarbase.model.budget import Budget
from roarbase.model.changes import DropViews
from roarbase.testing.batches import At, Write, batch_of
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.generated import SPECS
from tests.engine.machine import _EVERYTHING
from tests.engine.questions import QUESTIONS
from tests.engine.states import outcome, schema_entries
from tests.engine.storage.logs import LOG_ID, ROOT

MANY = 5000
"""More than the first capacity of a shard's buffers."""


def loaded(state: BitmapState, sequence: int = 9) -> BitmapState:
    """Another state, filled from the snapshots of one."""
    store = MemoryFileStore()
    store.create_directory(ROOT)

    def pause(work: Callable[[int], Any]) -> Any:
        return work(sequence)

    for table in state.tables().values():  # what was loaded itself counts as changed, since this is another directory
        table.watches.shards.add(0)
    SnapshotTaker(store, ROOT, LOG_ID, state.tables, pause).take()
    found = read_manifest_or_none(store, ROOT)
    assert found is not None
    other = BitmapState()
    load_tables(other, store, ROOT, *found)
    other.settle_adopted(sequence)
    return other


def state_with(*writes: list[Write], is_keyed: bool) -> BitmapState:
    state = BitmapState()
    for entry in schema_entries(is_keyed=is_keyed):
        state.apply(entry)
    for batch in writes:
        state.apply(state.assign(batch_of("t", SPECS, batch, is_keyed=is_keyed)), 1)
    return state


def delete(state: BitmapState, *names: int | str, sequence: int = 2) -> None:
    state.apply(state.assign(e.Edits(table="t", steps=(e.DeleteRecords(p.RecordSet(names)),))), sequence)


def write(state: BitmapState, *names: int | str, sequence: int = 3) -> None:
    writes: list[Write] = [(name, {"count": 1}) for name in names]
    state.apply(state.assign(batch_of("t", SPECS, writes, is_keyed=isinstance(names[0], str))), sequence)


def check_alike(state: BitmapState, other: BitmapState) -> None:
    assert other.verify() == []
    assert repr(other.run("t", _EVERYTHING, Budget())) == repr(state.run("t", _EVERYTHING, Budget()))
    for question in QUESTIONS:
        assert outcome(other, question) == outcome(state, question)
    assert [t.spec for t in other.tables().values()] == [t.spec for t in state.tables().values()]
    for name, table in state.tables().items():
        alike = other.tables()[name]
        assert (alike.entered, alike.exists.total, alike.kind) == (table.entered, table.exists.total, table.kind)


def varied(number: int) -> dict[str, Any]:
    """A value for every field of a record, or none."""
    values: dict[str, Any] = {
        "count": number * 977 - 300,
        "price": -(2**63) if number == 7 else number % 5,
        "seen": 10**9 + number,
        "flag": number % 3 == 0,
        "kind": number % 300,
        "species": f"species {number % 70}",
        "tags": [number % 11, 2**40 + number],
        "words": [f"w{i}" for i in range(number % 4)],
        "visits": At(951_782_399 + 3600 * number, ["a", "b"]),
        "steps": At(86_400 * number, [number % 6]),
        "town": f"town {number % 40}",
    }
    return {name: value for place, (name, value) in enumerate(values.items()) if (number + place) % 13}


@pytest.mark.parametrize("is_keyed", [False, True])
def test_every_kind_of_column_comes_back(is_keyed: bool) -> None:
    """All values, names, stamps, counters and zones; and whatever is written next does the same to both."""
    names: list[Any] = [f"key {i}" for i in range(MANY)] if is_keyed else [*range(MANY - 3), 2**33, 2**63, 2**64 - 2]
    state = state_with([(name, varied(i)) for i, name in enumerate(names)], is_keyed=is_keyed)
    delete(state, *names[10:40], names[-1])
    other = loaded(state)
    check_alike(state, other)
    state.settle_adopted(9)  # what the other one's load did: freed positions may be given away
    for changed in (state, other):
        write(changed, *names[5:15], names[-1], *(["new"] if is_keyed else [10**12]), sequence=10)
        delete(changed, *names[:8], sequence=11)
    check_alike(state, other)


def test_sets_past_sixteen_rows_come_back() -> None:
    """What stands beside planes stands there again."""
    state = state_with([(i, {"tags": list(range(i, i + 18)), "words": ["x"]}) for i in range(50)], is_keyed=False)
    other = loaded(state)
    assert other.tables()["t"].fields["tags"].column.shards_beside == (0,)
    check_alike(state, other)


def test_empty_tables_come_back() -> None:
    """Also those whose kind of record is still open, and those that had records once."""
    for is_keyed in (False, True, None):
        state = BitmapState()
        for entry in schema_entries(is_keyed=is_keyed):
            state.apply(entry)
        check_alike(state, loaded(state))
    state = state_with([(1, varied(1)), (2, varied(2))], is_keyed=False)
    delete(state, 1, 2)
    check_alike(state, loaded(state))


def test_keys_that_fields_refer_to_are_kept_after_a_start() -> None:
    """A record that is deleted keeps the position that references have, though only snapshots tell of it."""
    state = state_with([(1, {"town": "Ely"})], is_keyed=False)
    state.apply(state.assign(batch_of("w", (), [("Ely", {})], is_keyed=True)), 2)
    state = loaded(state)
    state.apply(state.assign(e.Edits(table="w", steps=(e.DeleteRecords(p.All()),))), 10)
    assert state.tables()["w"].entered == 1
    other = loaded(state, 11)
    other.apply(other.assign(batch_of("w", (), [("York", {}), ("Ely", {})], is_keyed=True)), 12)
    assert "'Ely'" in repr(other.run("t", _EVERYTHING, Budget()))
    assert other.verify() == []


def test_positions_stay_held_back_until_snapshots_cover_the_deletion() -> None:
    """What was freed is given away once the manifest covers it, by the running engine and by the next start alike."""
    state = state_with([(f"k{i}", {}) for i in range(8)], is_keyed=True)
    delete(state, "k2", "k3", sequence=5)
    write(state, "early", sequence=6)
    other = loaded(state, 6)
    for found in (state, other):
        write(found, "late", sequence=7)
        records = found.tables()["t"].records
        assert isinstance(records, RecordKeys)
        assert records.find(["early", "late"]).tolist() == [8, 2]
    check_alike(state, other)


def test_the_order_of_ids_is_known_again() -> None:
    """Nobody has to sort after a start who had not to before: ids that count up from far away, beside small ones."""
    state = state_with(
        [(i, {}) for i in range(100)],
        [(2**40 + i, {}) for i in range(100)],
        [(2**41 + i, {}) for i in range(9)],
        is_keyed=False,
    )
    other = loaded(state)
    for found in (state, other):
        records = found.tables()["t"].records
        assert records is not None
        assert records.is_in_order
    check_alike(state, other)


def test_views_that_end_after_a_start_are_dropped_from_what_was_loaded() -> None:
    """Stamps that come from a snapshot pass on to longer views, as those of the running engine do."""
    state = state_with([(i, varied(i)) for i in range(200)], is_keyed=False)
    other = loaded(state)
    for found in (state, other):
        for field in ("visits", "steps"):
            found.apply(DropViews(table="t", field_id=f"id of {field}", ended_by=10**9), 10)
    check_alike(state, other)


def test_a_histogram_is_there_again() -> None:
    """Unfiltered questions of small domains are answered from counters at once, not after the next write."""
    state = state_with([(i, {"count": i % 9 - 4}) for i in range(MANY)], is_keyed=False)
    kept = [s.tables()["t"].fields["count"].column.counters.values_or_none() for s in (state, loaded(state))]  # type: ignore[union-attr]
    assert [np.array(kept[0]).tolist()] == [np.array(kept[1]).tolist()]
