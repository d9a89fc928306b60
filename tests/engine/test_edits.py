"""Deletions, rows cleared and stored, values taken away: what each does, and what it is refused for."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pytest

from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.commit_order import Waiting, waiting_after
from roarbase.engine.edits import ClearRow, DeleteRecords, Edits, Step, StoreRow
from roarbase.engine.storage.entries import (
    BatchEntry,
    ClearRowEntry,
    DeleteEntry,
    Entry,
    GroupEntry,
    SetValues,
    StoreRowEntry,
)
from roarbase.engine.storage.record import decode_entry, encode_entry
from roarbase.errors import BadRequest, IncorrectState, InternalError, RequestTimeout, ResourceNotFound
from roarbase.model.batch import REPLACED, VALUE, Batch, NumberColumn, SetColumn
from roarbase.model.budget import Budget
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.testing.batches import At, Removed, Replaced, Write, batch_of
from tests.engine.generated import SPECS
from tests.engine.states import schema_entries

FIELDS = tuple(spec.name for spec in SPECS)
FULL: dict[str, Any] = {
    "count": 7,
    "price": 435,
    "seen": 1_600_000_000,
    "flag": True,
    "kind": 5,
    "species": "owl",
    "tags": [1, 2],
    "words": ["a", "b"],
    "visits": At(86_400, ["a"]),
    "steps": At(86_400, [3]),
    "town": "oslo",
}


def state_of(*writes: Write, is_keyed: bool = False, **options: Any) -> BitmapState:
    """A table with a field of every type and these records."""
    state = BitmapState(**options)
    for entry in schema_entries(is_keyed=is_keyed):
        state.apply(entry)
    write(state, *writes, is_keyed=is_keyed)
    return state


def write(state: BitmapState, *writes: Write, is_keyed: bool = False, makes_records: bool = True) -> int:
    """Write a batch; how many records it changed."""
    batch = batch_of("t", SPECS, writes, is_keyed=is_keyed, makes_records=makes_records)
    (changed,) = state.apply(state.assign(batch), 1)
    assert state.verify() == []
    return changed


def edit(state: BitmapState, *steps: Step) -> Any:
    """Make edits, by way of what the log keeps; how many records each of them changed."""
    changed = state.apply(logged(state.assign(Edits(table="t", steps=steps))), 1)
    assert state.verify() == []
    return changed[0] if len(changed) == 1 else changed


def logged(entry: Entry) -> Entry:
    return decode_entry(encode_entry(entry))


def extract(state: BitmapState, *fields: str) -> dict[Any, Any]:
    """What the records hold in these fields: of one field only that."""
    found: Any = state.run("t", p.Extract(input=p.All(), fields=fields), Budget())
    rows = zip(*(column.cells for column in found.fields), strict=True)
    named = zip(found.records.cells, rows, strict=True)
    return {name: row[0] if len(fields) == 1 else row for name, row in named}


def records(state: BitmapState, node: p.Bitmap = p.All()) -> Any:  # noqa: B008 (frozen)
    return state.run("t", p.Records(node), Budget()).records  # type: ignore[union-attr]


# ---- deletions -----------------------------------------------------------------------------


@pytest.mark.parametrize("is_keyed", [False, True])
def test_a_deleted_record_is_nowhere(is_keyed: bool) -> None:
    """No question of any kind finds a deleted record, by name, by value, by row, by null or by time."""
    a, b = ("a", "b") if is_keyed else (1, 2)
    state = state_of((a, FULL), (b, FULL), is_keyed=is_keyed)
    assert edit(state, DeleteRecords(p.RecordSet((a,)))) == 1
    found = [
        *(p.All(), p.RecordSet((a, b)), p.RowIs("flag", True), p.RowIs("kind", 5), p.RowIs("words", "a")),
        *(p.RowIs("tags", 2), p.RowIs("visits", "a"), p.RowIs("visits", "a", p.TimeRange(0)), p.RowIs("steps", 3)),
        *(p.NumberRange("count", 7, 7), p.NumberRange("price", 0), p.RowsIn("town", ("oslo",))),
        *(p.NotNull(name) for name in FIELDS),
    ]
    assert [records(state, node) for node in found] == [[b]] * len(found)
    assert records(state, p.Difference((p.All(), p.NotNull("seen")))) == []
    assert state.run("t", p.TopRows(field="tags"), Budget()).rows[0].count == 1  # type: ignore[union-attr]
    assert state.run("t", p.Sum("count"), Budget()).value == 7  # type: ignore[union-attr]


@pytest.mark.parametrize("is_keyed", [False, True])
def test_a_record_written_again_begins_empty(is_keyed: bool) -> None:
    """Nothing that a record held before its deletion comes back with it."""
    a = "a" if is_keyed else 1
    state = state_of((a, FULL), is_keyed=is_keyed)
    edit(state, DeleteRecords(p.RecordSet((a,))))
    write(state, (a, {"count": 8}), is_keyed=is_keyed)
    assert extract(state, *FIELDS) == {a: (8, *[None] * (len(FIELDS) - 1))}
    assert records(state, p.RowIs("visits", "a", p.TimeRange(0))) == []


def test_names_that_nobody_has_are_passed_over() -> None:
    """Records that are not there, or were deleted already, are not counted and harm nothing."""
    state = state_of((1, FULL), (2, {}))
    assert edit(state, DeleteRecords(p.RecordSet((3, 2**63, 2)))) == 1
    assert edit(state, DeleteRecords(p.RecordSet((3, 2**63, 2)))) == 0
    assert edit(state, DeleteRecords(p.Nothing())) == 0
    assert records(state) == [1]
    with pytest.raises(BadRequest):
        state.assign(Edits(table="t", steps=(DeleteRecords(p.RecordSet(("a",))),)))


def test_an_empty_table_deletes_nothing() -> None:
    """Deleting from a table that never had a record, whose kind is open, changes nothing and decides nothing."""
    state = BitmapState()
    for entry in schema_entries(is_keyed=None):
        state.apply(entry)
    for node in (p.All(), p.RecordSet((1, "a")), p.NotNull("count")):
        assert edit(state, DeleteRecords(node)) == 0
    assert state.schema().tables["table"].is_keyed is None


def test_deleting_where() -> None:
    """What a bitmap selects is deleted, and all of it can be."""
    state = state_of(*((i, {"count": i, "tags": [i % 3]}) for i in range(100)))
    assert edit(state, DeleteRecords(p.Intersect((p.RowIs("tags", 1), p.NumberRange("count", 50))))) == 16
    assert len(records(state)) == 84
    assert edit(state, DeleteRecords(p.All())) == 84
    assert records(state) == []
    before = state.memory_bytes()
    write(state, (5, {"count": 300}))
    assert extract(state, "count", "tags") == {5: (300, None)}
    assert state.run("t", p.MinMax("min", "count"), Budget()).value == 300  # type: ignore[union-attr]
    assert state.memory_bytes() >= before


def test_a_large_deletion_is_a_small_entry() -> None:
    """The log keeps a selection as stretches, as bits or one by one, whichever is least."""
    state = state_of()
    ids = np.arange(100_000, dtype=np.uint64)
    values = np.random.default_rng(1).integers(0, 2, len(ids))
    column = NumberColumn(field="count", states=np.full(len(ids), VALUE, np.uint8), values=values)
    state.apply(state.assign(Batch(table="t", columns=(column,), ids=ids)), 1)
    sizes = [
        len(encode_entry(state.assign(Edits(table="t", steps=(DeleteRecords(node),)))))
        for node in (p.All(), p.IdRange(5, 90_000), p.NumberRange("count", 1, 1), p.RecordSet(tuple(range(0, 900, 9))))
    ]
    assert sizes[0] < 40
    assert sizes[1] < 100
    assert 12_000 < sizes[2] < 13_000
    assert sizes[3] < 300


# ---- rows ----------------------------------------------------------------------------------


def test_clearing_a_row() -> None:
    """A row is taken from all records, or from some; they stay, whatever else they hold stays."""
    state = state_of((1, FULL), (2, FULL), (3, {"tags": [2]}))
    assert edit(state, ClearRow("tags", 1, p.RecordSet((1, 99)))) == 1
    assert edit(state, ClearRow("tags", 2)) == 3
    assert extract(state, "tags") == {1: None, 2: (1,), 3: None}
    assert edit(state, ClearRow("flag", True, p.NumberRange("count", 7))) == 2
    assert edit(state, ClearRow("species", "owl")) == 2
    assert edit(state, ClearRow("visits", "a")) == 2
    assert extract(state, "flag", "species", "visits", "count")[2] == (None, None, None, 7)
    assert records(state, p.RowIs("visits", "a", p.TimeRange(0))) == []
    assert records(state) == [1, 2, 3]


def test_clearing_a_row_that_nobody_holds() -> None:
    """A row never written changes nothing, and its key stays unknown."""
    state = state_of((1, FULL))
    for step in (ClearRow("words", "new"), ClearRow("tags", 77), ClearRow("tags", 2**64), ClearRow("flag", False)):
        assert edit(state, step) == 0
    write(state, (2, {"words": ["newer"]}))
    assert edit(state, ClearRow("words", "newer")) == 1
    assert extract(state, "words") == {1: ("a", "b"), 2: None}


def test_storing_a_row() -> None:
    """Exactly the selected records hold the row afterwards; reading and writing the same row is fine."""
    state = state_of((1, {"tags": [1]}), (2, {"tags": [1, 2]}), (3, {"tags": [3], "kind": 5}))
    assert edit(state, StoreRow("tags", 9, p.RowIs("tags", 1))) == 2
    assert edit(state, StoreRow("tags", 1, p.Difference((p.All(), p.RowIs("tags", 1))))) == 3
    assert extract(state, "tags") == {1: (9,), 2: (2, 9), 3: (1, 3)}
    assert edit(state, StoreRow("words", "key", p.RecordSet((1, 99)))) == 1
    assert edit(state, StoreRow("kind", 6, p.All())) == 3
    assert edit(state, StoreRow("flag", True, p.RecordSet((2,)))) == 1
    assert edit(state, StoreRow("kind", 6, p.Nothing())) == 3
    assert extract(state, "words", "kind", "flag") == {1: (("key",), None, None), 2: (None, None, True), 3: (None,) * 3}
    assert edit(state, StoreRow("words", "empty", p.Nothing())) == 0
    assert state.run("t", p.Rows(field="words", within=("empty",)), Budget()).rows == ["empty"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (StoreRow("count", 1, p.All()), "'count' is an int: Store needs"),
        (ClearRow("count", 1), "'count' is an int: ClearRow needs"),
        (StoreRow("visits", "a", p.All()), "'visits' is a keyed time: Store needs a set, mutex or bool"),
        (StoreRow("tags", "a", p.All()), "its rows are ids"),
        (ClearRow("words", 1), "its rows are strings"),
        (StoreRow("flag", 1, p.All()), "true or false"),
        (StoreRow("tags", -1, p.All()), "row ids begin at 0"),
        (StoreRow("tags", 2**64 - 1, p.All()), "row ids end at"),
        (DeleteRecords(p.NumberRange("tags", 1)), "a comparison of numbers needs"),
    ],
)
def test_what_a_field_does_not_take_is_refused(step: Step, message: str) -> None:
    """A wrong kind of field or row is told, and nothing is changed."""
    state = state_of((1, FULL))
    before = extract(state, *FIELDS)
    with pytest.raises(BadRequest, match=message):
        state.assign(Edits(table="t", steps=(step,)))
    assert extract(state, *FIELDS) == before


def test_what_is_not_there_and_what_takes_too_long() -> None:
    """An unknown table or field is named; a selection ends with its budget."""
    state = state_of((1, FULL))
    for write_ in (Edits(table="none", steps=()), Edits(table="t", steps=(ClearRow("none", 1),))):
        with pytest.raises(ResourceNotFound, match="none"):
            state.assign(write_)
    late = Budget(seconds=1, deadline_s=0)
    with pytest.raises(RequestTimeout):
        state.assign(Edits(table="t", steps=(DeleteRecords(p.NotNull("count")),), budget=late))
    with pytest.raises(InternalError):
        state.assign(Edits(table="t", steps=(Batch(table="other", columns=(), ids=np.zeros(0, np.uint64)),)))


# ---- values --------------------------------------------------------------------------------


def test_taking_values_away() -> None:
    """A value is taken where it is the one that is held; members of sets are, in all views."""
    state = state_of((1, FULL), (2, FULL))
    taken = {
        "count": Removed(7),
        "price": Removed(1),
        "flag": Removed(True),
        "kind": Removed(6),
        "species": Removed("owl"),
        "tags": Removed([2, 3]),
        "words": Removed(["b", "new"]),
        "visits": Removed(["a"]),
        "steps": None,
        "town": Removed("oslo"),
    }
    assert write(state, (1, taken), (9, taken), makes_records=False) == 1
    assert write(state, (1, taken), makes_records=False) == 0
    assert extract(state, *FIELDS)[1] == (
        *(None, 435, 1_600_000_000, None, 5, None),
        *((1,), ("a",), None, None, None),
    )
    assert extract(state, *FIELDS)[2][:5] == (7, 435, 1_600_000_000, True, 5)
    assert records(state) == [1, 2]


def test_replacing_the_rows_of_a_set() -> None:
    """A record holds the given rows and no others; a row that stays keeps its times."""
    state = state_of((1, {"tags": [1, 2], "visits": At(0, ["a", "b"])}))
    assert write(state, (1, {"tags": Replaced([2, 3]), "visits": Replaced(At(86_400, ["b", "c"]))})) == 1
    assert extract(state, "tags", "visits") == {1: ((2, 3), ("b", "c"))}
    assert records(state, p.RowIs("visits", "b", p.TimeRange(0, 3600))) == [1]
    assert records(state, p.RowIs("visits", "a", p.TimeRange(0, 3600))) == []
    assert write(state, (1, {"tags": Replaced([3, 2])})) == 0
    assert write(state, (1, {"tags": Replaced([])})) == 1
    assert extract(state, "tags") == {1: None}


def test_occurrences_count_in_their_order() -> None:
    """Of a record that occurs several times in a batch, each occurrence sees those before it."""
    state = state_of((1, {"count": 1, "tags": [1]}))
    assert write(state, (1, {"count": 2, "kind": 5}), (1, {"count": Removed(2), "kind": Removed(6)})) == 1
    assert extract(state, "count", "kind") == {1: (None, 5)}
    write(state, (1, {"tags": [2]}), (1, {"tags": Replaced([3])}), (1, {"tags": [4]}), (1, {"tags": Removed([3, 9])}))
    assert extract(state, "tags") == {1: (4,)}
    assert write(state, (1, {"tags": None}), (1, {"tags": [4]})) == 0


def test_how_many_records_changed() -> None:
    """A record counts once, if it was made or holds something else than before."""
    state = state_of()
    assert write(state, (1, FULL), (2, {}), (1, {"count": 8})) == 2
    assert write(state, (1, {**FULL, "count": 8}), (2, {})) == 0
    assert write(state, (1, {"count": None}), (2, {"tags": [1]}), (2, {"tags": [1]}), (3, {})) == 3
    assert write(state, (1, {"visits": At(86_400, ["a"])})) == 0
    assert write(state, (1, {"visits": At(0, ["a"])})) == 1


def test_records_that_are_not_there_are_passed_over() -> None:
    """Without making records, unknown ones and their new keys leave no trace."""
    state = state_of((1, {}))
    unknown = (2, {"words": ["never"], "town": "nowhere", "count": 1})
    assert write(state, unknown, (1, {"words": ["known"]}), unknown, makes_records=False) == 1
    assert records(state) == [1]
    write(state, (1, {"words": ["never"]}))
    assert extract(state, "words") == {1: ("known", "never")}
    with pytest.raises(IncorrectState):
        state.assign(batch_of("t", [], [("a", {})], is_keyed=True, makes_records=False))


# ---- entries -------------------------------------------------------------------------------


def test_entries_of_old_logs_mean_what_they_meant() -> None:
    """An entry without the members that came later makes its records and adds its rows."""
    state = state_of()
    entry: Any = state.assign(batch_of("t", SPECS, [(1, {"tags": [3]}), (2, {"count": 5})], is_keyed=False))
    state.take_back(entry)
    plain = msgspec.msgpack.decode(encode_entry(entry))
    del plain["makes_records"]
    for column in plain["columns"]:
        column.pop("states" if column["type"] == "set" else "none", None)
    old = decode_entry(msgspec.msgpack.encode(plain))
    assert isinstance(old, BatchEntry)
    assert isinstance(old.columns[1], SetValues)
    state.apply(old, 1)
    assert extract(state, "tags", "count") == {1: ((3,), None), 2: (None, 5)}


def test_entries_say_effects() -> None:
    """The log keeps positions and row ids, not names and conditions."""
    state = state_of((10, {"words": ["a", "b"], "count": 1}))
    assigned = [
        state.assign(Edits(table="t", steps=(step,)))
        for step in (DeleteRecords(p.NumberRange("count", 1)), ClearRow("words", "b"), StoreRow("words", "c", p.All()))
    ]
    delete, clear, store = assigned
    assert isinstance(delete, DeleteEntry)
    assert isinstance(clear, ClearRowEntry)
    assert isinstance(store, StoreRowEntry)
    assert (clear.row, clear.positions) == (2, None)
    assert (store.row, store.row_keys[0].keys, store.positions) == (3, ["c"], delete.positions)
    state.take_back(store)
    several = state.assign(Edits(table="t", steps=(ClearRow("words", "b"), ClearRow("words", "a"))))
    assert isinstance(several, GroupEntry)
    assert state.apply(several, 1) == (1, 1)


def steps_in_order() -> Iterator[tuple[bool, tuple[Step, ...]]]:
    makes = Batch(table="t", columns=(), ids=np.zeros(0, np.uint64))
    by_name, by_value = p.RecordSet((1,)), p.NotNull("count")
    yield True, (makes, makes, ClearRow("f", 1), ClearRow("f", 1, by_name), StoreRow("f", 1, by_name))
    yield True, (StoreRow("f", 1, p.All()), makes)
    yield True, (DeleteRecords(by_value), DeleteRecords(by_name), DeleteRecords(p.All()), ClearRow("f", 1))
    yield False, (makes, DeleteRecords(by_value))
    yield False, (makes, StoreRow("f", 1, p.All()))
    yield False, (ClearRow("f", 1), ClearRow("f", 1, by_value))
    yield False, (DeleteRecords(by_name), makes)


@pytest.mark.parametrize(("may_wait", "steps"), [*steps_in_order()])
def test_what_may_wait_together(may_wait: bool, steps: tuple[Step, ...]) -> None:
    """A selection waits for everything before it, a batch for deletions; names wait for nothing."""
    assert (waiting_after(Waiting(), steps) is not None) is may_wait


def test_a_deletion_is_a_write_of_its_own() -> None:
    """Beside other steps it could not be undone, and is not taken."""
    with pytest.raises(ValueError, match="of its own"):
        Edits(table="t", steps=(DeleteRecords(p.All()), ClearRow("f", 1)))


def test_a_set_column_says_what_it_does_to_each_record() -> None:
    """States are one per record, and only those that there are."""
    state = state_of(*((i, {}) for i in range(2)))
    rows, ids = np.arange(2, dtype=np.uint64), np.arange(2, dtype=np.uint64)
    for states in ([VALUE], [VALUE, 5]):
        column = SetColumn(field="tags", offsets=np.array([0, 1, 2]), rows=rows, states=np.array(states, np.uint8))
        with pytest.raises(InternalError, match="does not fit"):
            state.assign(Batch(table="t", columns=(column,), ids=ids))
    spec = FieldSpec(name="count", type=FieldType.INT)
    number = NumberColumn(field=spec.name, states=np.array([REPLACED, VALUE], np.uint8), values=np.zeros(2, np.int64))
    with pytest.raises(InternalError, match="does not fit"):
        state.assign(Batch(table="t", columns=(number,), ids=ids))
