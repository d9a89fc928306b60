"""Schema changes, assigning and taking back, visibility, and what is refused and how it is said."""

import threading
from fractions import Fraction
from typing import Any

import msgspec
import numpy as np
import pytest

from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.operators.answer import answer
from roarbase.engine.storage.entries import BatchEntry, Entry
from roarbase.engine.storage.packing import pack
from roarbase.errors import (
    BadRequest,
    IncorrectState,
    InternalError,
    InvalidParameter,
    LogDamaged,
    RelatedResourceNotFound,
    RequestTimeout,
    ResourceAlreadyExists,
    ResourceNotFound,
)
from roarbase.model.batch import VALUE, Batch, Column, KeyedRows, MutexColumn, NumberColumn, SetColumn
from roarbase.model.budget import Budget
from roarbase.model.changes import (
    CreateField,
    CreateTable,
    CreateWholeTable,
    DecideKeys,
    DropField,
    DropTable,
    NewField,
)
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.testing.batches import batch_of
from tests.engine.generated import SPECS
from tests.engine.states import outcome, schema_entries

ALL = p.All()
INT = FieldSpec(name="n", type=FieldType.INT)
OTHER = FieldSpec(name="other", type=FieldType.INT)
LOST = FieldSpec(name="lost", type=FieldType.INT, foreign_index="gone")
KIND = FieldSpec(name="kind", type=FieldType.MUTEX)


def new(field_id: str, spec: FieldSpec) -> NewField:
    return NewField(field_id=field_id, spec=spec)


def state_with(*specs: FieldSpec, is_keyed: bool | None = False, **options: int) -> BitmapState:
    state = BitmapState(**options)
    for entry in schema_entries(specs, is_keyed=is_keyed):
        state.apply(entry)
    return state


def write(state: BitmapState, *writes: Any, specs: Any = SPECS, is_keyed: bool = False) -> BatchEntry:
    entry = state.assign(batch_of("t", specs, writes, is_keyed=is_keyed))
    state.apply(entry)
    return entry


def ask(state: BitmapState, plan: p.Plan) -> Any:
    return state.run("t", plan, Budget())


def records(state: BitmapState) -> Any:
    return ask(state, p.Records(p.All())).records


# ---- schema --------------------------------------------------------------------------------


def test_schema_is_kept_until_it_changes() -> None:
    """The schema is the same object between changes, and its version grows with each."""
    state = state_with(INT)
    before = state.schema()
    assert state.schema() is before
    assert before.tables["table"].fields == {"n": INT}
    state.apply(DropField(table="t", name="n"))
    assert state.schema().version > before.version
    assert state.schema().tables["table"].fields == {}


@pytest.mark.parametrize(
    "change",
    [
        CreateTable(table="t", name="table", is_keyed=False),
        CreateTable(table="t", name="table"),
        DropTable(table="gone"),
        DecideKeys(table="t", is_keyed=False),
        CreateField(table="t", field_id="another", spec=INT),
        DropField(table="t", name="gone"),
        DropField(table="gone", name="n"),
    ],
)
def test_what_is_so_already_is_no_change(change: Any) -> None:
    """Making what is there exactly so, or dropping what is gone, alters nothing."""
    state = state_with(INT)
    before = state.schema()
    assert not state.is_change(change)
    state.apply(change)
    assert state.schema() is before


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (CreateTable(table="other", name="table"), ResourceAlreadyExists),
        (CreateTable(table="t", name="other"), ResourceAlreadyExists),
        (CreateTable(table="t", name="table", is_keyed=True), ResourceAlreadyExists),
        (CreateWholeTable(table="u", name="u", fields=(new("a", INT), new("b", INT))), InvalidParameter),
        (CreateWholeTable(table="u", name="u", fields=(new("a", INT), new("a", OTHER))), InvalidParameter),
        (CreateWholeTable(table="u", name="u", fields=(new("a", INT), new("b", LOST))), RelatedResourceNotFound),
        (DecideKeys(table="t", is_keyed=True), IncorrectState),
        (DecideKeys(table="gone", is_keyed=True), ResourceNotFound),
        (CreateField(table="gone", field_id="f", spec=INT), ResourceNotFound),
        (CreateField(table="t", field_id="f", spec=FieldSpec(name="n", type=FieldType.SET)), ResourceAlreadyExists),
        (
            CreateField(table="t", field_id="id of n", spec=FieldSpec(name="m", type=FieldType.INT)),
            ResourceAlreadyExists,
        ),
    ],
)
def test_contradicting_changes_are_refused(change: Any, error: type[Exception]) -> None:
    """A change that contradicts the schema is refused by the rule it breaks."""
    with pytest.raises(error):
        state_with(INT).is_change(change)


def test_a_table_comes_with_its_fields() -> None:
    """All of them by one entry, one that refers to the table itself included."""
    state = state_with()
    parent = FieldSpec(name="parent", type=FieldType.INT, foreign_index="u")
    change = CreateWholeTable(table="u", name="u", is_keyed=False, fields=(new("a", INT), new("b", parent)))
    version = state.schema().version
    assert state.is_change(change)
    state.apply(change)
    assert state.schema().version == version + 1
    made = state.schema().tables["u"]
    assert (list(made.fields), made.field_ids) == (["n", "parent"], {"n": "a", "parent": "b"})
    assert made.fields["parent"].foreign_has_ids
    assert not state.is_change(change)


def test_a_change_describes_one_table_anew() -> None:
    """The other tables of the schema stay the objects they are: a replay of many changes takes no square of them."""
    state = state_with(INT)
    state.apply(CreateTable(table="u", name="other"))
    before = state.schema().tables
    state.apply(CreateField(table="u", field_id="f", spec=INT))
    after = state.schema().tables
    assert after["table"] is before["table"]
    assert after["other"].fields == {"n": INT}
    state.apply(DropTable(table="t"))
    assert state.schema().tables.keys() == {"towns", "other"}


def test_a_table_made_again_shares_nothing_with_its_past() -> None:
    """After drop and create the name stands for an empty table, and old entries do not reach it."""
    state = state_with(*SPECS)
    entry = write(state, (1, {"kind": 5, "species": "a"}))
    state.apply(DropTable(table="t"))
    assert state.memory_bytes() == 0
    state.apply(CreateTable(table="t2", name="table", is_keyed=True))
    state.apply(entry)
    assert state.schema().tables["table"].id == "t2"
    assert state.run("t2", p.Records(p.All()), Budget()).table().columns[0].cells == []
    with pytest.raises(ResourceNotFound):
        ask(state, p.Count(p.All()))


def test_columns_of_a_dropped_field_are_passed_over() -> None:
    """An entry assigned before a field was dropped still brings its other fields."""
    state = state_with(*SPECS)
    entry = state.assign(batch_of("t", SPECS, [(1, {"kind": 5, "species": "a"})], is_keyed=False))
    state.apply(DropField(table="t", name="species"))
    state.apply(entry)
    state.apply(
        CreateField(table="t", field_id="new", spec=FieldSpec(name="species", type=FieldType.MUTEX, is_keyed=True))
    )
    assert [c.cells for c in ask(state, p.Extract(input=p.All(), fields=("kind", "species"))).fields] == [[5], [None]]


# ---- the kind of record --------------------------------------------------------------------


@pytest.mark.parametrize("is_keyed", [False, True])
def test_the_first_write_decides_an_open_table(is_keyed: bool) -> None:
    """An open table becomes keyed or not by its first batch, once that is applied."""
    state = state_with(is_keyed=None)
    assert ask(state, p.Records(p.RecordSet((1, "a")))).records == []
    names, others = (["a"], [1]) if is_keyed else ([1], ["a"])
    entry = state.assign(batch_of("t", [], [(names[0], {})], is_keyed=is_keyed))
    assert state.schema().tables["table"].is_keyed is None
    with pytest.raises(IncorrectState):
        state.assign(batch_of("t", [], [(others[0], {})], is_keyed=not is_keyed))
    with pytest.raises(IncorrectState):
        state.is_change(DecideKeys(table="t", is_keyed=not is_keyed))
    state.apply(entry)
    assert state.schema().tables["table"].is_keyed is is_keyed
    assert records(state) == names


def test_taking_back_the_first_write_opens_the_table_again() -> None:
    """A decision that was never applied is forgotten."""
    state = state_with(is_keyed=None)
    state.take_back(state.assign(batch_of("t", [], [("a", {})], is_keyed=True)))
    write(state, (1, {}))
    assert records(state) == [1]


def test_an_empty_batch_decides_nothing() -> None:
    """A batch without records leaves an open table open."""
    state = state_with(is_keyed=None)
    write(state, is_keyed=True)
    assert state.schema().tables["table"].is_keyed is None
    assert records(state) == []


# ---- assigning -----------------------------------------------------------------------------


def test_assigned_records_are_seen_once_applied() -> None:
    """Between assign and apply, no plan sees the batch."""
    state = state_with(*SPECS)
    write(state, (1, {"words": ["a"]}))
    entry = state.assign(batch_of("t", SPECS, [(2, {"words": ["a", "b"]}), (1, {"words": ["c"]})], is_keyed=False))
    everything = (p.All(), p.RecordSet((1, 2)), p.IdRange(), p.NotNull("words"), p.RowsLike("words", "%"))
    for bitmap in everything:
        assert ask(state, p.Records(bitmap)).records == [1], bitmap
    assert ask(state, p.Rows(field="words")).rows == ["a"]
    assert ask(state, p.Rows(field="words", column=2)).rows == []
    state.apply(entry)
    for bitmap in everything:
        assert ask(state, p.Records(bitmap)).records == [1, 2], bitmap
    assert ask(state, p.Rows(field="words")).rows == ["a", "b", "c"]


def test_taking_back_frees_keys_and_positions() -> None:
    """After assign and take_back everything is as before, the memory too."""
    state = state_with(*SPECS, is_keyed=True)
    write(state, ("a", {"species": "x"}), is_keyed=True)
    first = state.assign(batch_of("t", SPECS, [("b", {"species": "y"})], is_keyed=True))
    state.take_back(first)
    again = state.assign(batch_of("t", SPECS, [("c", {"species": "z"})], is_keyed=True))
    assert (again.first_new, again.row_keys[0].first_row) == (first.first_new, first.row_keys[0].first_row) == (1, 2)
    state.apply(again)
    assert records(state) == ["a", "c"]
    assert ask(state, p.Rows(field="species")).rows == ["x", "z"]


def test_a_failed_assign_takes_nothing() -> None:
    """A batch that cannot be assigned leaves neither records nor keys behind."""
    state = state_with(*SPECS)
    write(state, (1, {"species": "x"}))
    good = batch_of("t", SPECS, [(2, {"species": "y", "count": 1})], is_keyed=False)
    by_name = {column.field: column for column in good.columns}
    keys = KeyedRows(keys=["z"], codes=np.array([7]))
    broken = SetColumn(field="words", offsets=np.array([0, 1]), rows=keys)
    with pytest.raises(IndexError):
        state.assign(Batch(table="t", ids=good.ids, columns=(by_name["species"], broken)))
    entry = state.assign(good)
    assert (entry.first_new, entry.row_keys[0].first_row) == (1, 2)


NONE, TWO = np.zeros(0, np.int64), np.zeros(2, np.int64)
UNFIT: list[Column] = [
    NumberColumn(field="count", states=np.ones(2, np.uint8), values=np.zeros(1, np.int64)),
    NumberColumn(field="count", states=np.ones(1, np.uint8), values=TWO),
    MutexColumn(field="kind", states=np.ones(1, np.uint8), rows=TWO.astype(np.uint64)),
    MutexColumn(field="species", states=np.ones(1, np.uint8), rows=KeyedRows(keys=["a"], codes=NONE)),
    SetColumn(field="tags", offsets=NONE, rows=TWO.astype(np.uint64)),
    SetColumn(field="tags", offsets=np.array([0, 3]), rows=TWO.astype(np.uint64)),
    SetColumn(field="tags", offsets=np.array([-1, 2]), rows=TWO.astype(np.uint64)),
    SetColumn(field="tags", offsets=np.array([2, 0]), rows=TWO.astype(np.uint64)),
]


@pytest.mark.parametrize("column", UNFIT, ids=str)
def test_a_column_that_does_not_fit_its_batch_is_never_logged(column: Column) -> None:
    """Too long, too short, or members out of bounds: the batch is refused before it can spoil the log."""
    state = state_with(*SPECS)
    batch = Batch(table="t", ids=np.array([1], np.uint64), columns=(column,))
    with pytest.raises(InternalError, match=column.field):
        state.assign(batch)
    assert records(state) == []


@pytest.mark.parametrize("given_as", ["count", "price", "kind", "species", "tags", "words"])
@pytest.mark.parametrize("field", ["kind", "species", "words", "count"])
def test_columns_of_the_wrong_kind_are_refused(field: str, given_as: str) -> None:
    """A column made for another type of field, or for keys where there are ids, is refused."""
    kinds = {spec.name: spec for spec in SPECS}
    state = state_with(kinds[field])
    example: dict[str, Any] = {"count": 1, "price": 1, "kind": 1, "species": "a", "tags": [1], "words": ["a"]}
    there, brought = kinds[field], kinds[given_as]
    made = FieldSpec(name=field, type=brought.type, is_keyed=brought.is_keyed)
    batch = batch_of("t", [made], [(1, {field: example[given_as]})], is_keyed=False)
    if (there.type.is_number and brought.type.is_number) or (
        there.type is brought.type and there.is_keyed == brought.is_keyed
    ):
        state.assign(batch)
    else:
        with pytest.raises(IncorrectState, match=field):
            state.assign(batch)
        assert records(state) == []


def test_unknown_tables_and_fields_are_refused() -> None:
    """A batch for what is not there is refused by name."""
    state = state_with(INT)
    with pytest.raises(ResourceNotFound, match="'count'"):
        state.assign(batch_of("t", SPECS, [(1, {"count": 1})], is_keyed=False))
    with pytest.raises(ResourceNotFound):
        state.assign(batch_of("gone", SPECS, [], is_keyed=False))


def test_an_entry_out_of_its_place_is_damage() -> None:
    """An entry whose records or keys begin behind those known cannot be replayed."""
    entry = BatchEntry(table="t", positions=pack(np.array([3])), first_new=3, new_ids=pack(np.array([9])))
    with pytest.raises(LogDamaged):
        state_with().apply(entry)


@pytest.mark.parametrize("is_keyed", [False, True])
def test_an_entry_from_before_positions_were_chosen(is_keyed: bool) -> None:
    """Its new records stand at `first_new` and behind, whatever their ids; later writes go on from there."""
    names: list[Any] = ["b", "a", "c"] if is_keyed else [7, 1, 2**40]
    body = {"type": "batch", "table": "t", "columns": [], "row_keys": []}
    positions = [1, 0, np.array([0, 1], "<u1").tobytes()]
    state = state_with(is_keyed=is_keyed)
    for first, new in ((0, names[:2]), (2, names[2:])):
        news = {"new_keys": new} if is_keyed else {"new_ids": [8, 0, np.array(new, "<u8").tobytes()]}
        entry = body | {"positions": positions if first == 0 else [1, 2, b"\0"], "first_new": first} | news
        state.apply(msgspec.msgpack.decode(msgspec.msgpack.encode(entry), type=Entry))
    assert records(state) == (names if is_keyed else sorted(names))
    asked = p.Records(p.RecordSet((names[1], names[2])))
    assert ask(state, asked).records == (names[1:] if is_keyed else [1, 2**40])
    more: list[Any] = ["d", "a"] if is_keyed else [0, 1, 3]
    write(state, *[(name, {}) for name in more], is_keyed=is_keyed)
    assert records(state) == ([*names, "d"] if is_keyed else [0, 1, 3, 7, 2**40])
    assert state.verify() == []


@pytest.mark.parametrize("is_keyed", [False, True])
def test_a_replayed_entry_decides_nothing(is_keyed: bool) -> None:
    """Where new records stand is read from the entry, and what is written after a replay stands where it would have."""
    names: list[Any] = ["b", "a"] if is_keyed else [7, 2**40, 2**22, 5, 2**64 - 2, 2**30]
    state, copy = state_with(is_keyed=is_keyed), state_with(is_keyed=is_keyed)
    for name in names:
        logged = msgspec.msgpack.encode(write(state, (name, {}), is_keyed=is_keyed))
        copy.apply(msgspec.msgpack.decode(logged, type=Entry))
    batch = batch_of("t", SPECS, [(name, {}) for name in (["c", "d"] if is_keyed else [9, 2**41])], is_keyed=is_keyed)
    assert state.assign(batch) == copy.assign(batch)


def test_entries_that_do_not_follow_are_refused() -> None:
    """An entry whose new records leave a gap says that the log is damaged; one of a dropped table is passed over."""
    source, state = state_with(), state_with()
    write(source, (1, {}))
    entry = write(source, (2, {}))
    with pytest.raises(LogDamaged):
        state.apply(entry)
    state.apply(DropTable(table="t"))
    state.apply(entry)
    assert state.memory_bytes() == 0


def test_a_field_made_later_has_no_values() -> None:
    """Records older than a field are null in it, until a value is written."""
    state = state_with(KIND)
    write(state, (1, {"kind": 1}), (2, {"kind": 1}))
    state.apply(CreateField(table="t", field_id="late", spec=FieldSpec(name="count", type=FieldType.INT)))
    assert outcome(state, p.Count(p.NotNull("count"))) == "CountResult(count=0)"
    write(state, (2, {"count": 0}))
    assert outcome(state, p.Records(p.NumberRange("count"))) == "RecordsResult(records=[2], is_keyed=False)"
    assert state.verify() == []


def test_too_many_groups_end_in_a_sentence() -> None:
    """Groups beyond the memory a query may have are refused, and what would be right is said."""
    state = state_with(INT, group_bytes=10_000)
    ids = np.arange(2000, dtype=np.uint64)
    values = NumberColumn(field="n", states=np.full(2000, VALUE, np.uint8), values=ids.astype(np.int64) << 40)
    state.apply(state.assign(Batch(table="t", ids=ids, columns=(values,))))
    plan = p.GroupBy(fields=(p.GroupField(field="n"),), aggregate=p.Sum("n"))
    with pytest.raises(BadRequest, match="select fewer records"):
        state.run("t", plan, Budget())
    few = p.GroupBy(fields=plan.fields, aggregate=plan.aggregate, input=p.IdRange(0, 9))
    assert len(state.run("t", few, Budget()).table().columns[0].cells) == 10


def test_memory_is_what_the_buffers_take() -> None:
    """100,000 records with a byte of number, of code and of set row take a few bytes each beside their ids."""
    state = state_with(INT, KIND, FieldSpec(name="tags", type=FieldType.SET))
    ids = np.arange(100_000, dtype=np.uint64)
    states = np.full(len(ids), VALUE, np.uint8)
    n = NumberColumn(field="n", states=states, values=ids.astype(np.int64) % 100)
    kind = MutexColumn(field="kind", states=states, rows=ids % np.uint64(200))
    state.apply(state.assign(Batch(table="t", ids=ids, columns=())))
    before = state.memory_bytes()
    state.apply(state.assign(Batch(table="t", ids=ids, columns=(n, kind))))
    columns = state.memory_bytes() - before
    assert 2 * 131_072 < columns < 2.3 * 131_072


def test_runs_see_each_batch_wholly() -> None:
    """While a writer adds batches of a hundred, every count is a multiple of a hundred, in every field alike."""
    state, batch, counts = state_with(INT, KIND), 100, []
    done = threading.Event()
    plans = [
        p.Count(p.Difference((p.All(), p.RecordSet((0,))))),
        p.Count(p.Union((p.NumberRange("n", 0), p.RowIs("kind", 3)))),
        p.Count(p.Union((p.RowIs("kind", 3), p.Nothing()))),
    ]

    def read() -> None:
        while not done.is_set():
            counts.extend(state.run("t", plan, Budget()).table().columns[0].cells[0] for plan in plans)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for start in range(1, 100 * batch, batch):  # passes the first room of 4,096 positions
        ids = np.arange(start, start + batch, dtype=np.uint64)
        states = np.full(batch, VALUE, np.uint8)
        n = NumberColumn(field="n", states=states, values=ids.astype(np.int64))
        kind = MutexColumn(field="kind", states=states, rows=np.full(batch, 3, np.uint64))
        state.apply(state.assign(Batch(table="t", ids=ids, columns=(n, kind))))
    done.set()
    for reader in readers:
        reader.join()
    assert {count % batch for count in counts} == {0}
    assert len(set(counts)) > 3
    assert state.verify() == []


def test_a_write_does_not_wait_until_an_answer_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is held while values are gathered; a slow rest, such as a million names, keeps no write waiting."""
    state = state_with(INT)
    write(state, (1, {"n": 1}), specs=[INT])
    is_gathered, is_written = threading.Event(), threading.Event()

    def slow_answer(scan: Any, plan: Any) -> Any:
        finish = answer(scan, plan)

        def finish_late() -> Any:
            is_gathered.set()
            assert is_written.wait(10)
            return finish()

        return finish_late

    monkeypatch.setattr("roarbase.engine.bitmap_state.answer", slow_answer)
    answers: list[Any] = []
    reader = threading.Thread(target=lambda: answers.append(ask(state, p.Extract(input=ALL, fields=("n",)))))
    reader.start()
    assert is_gathered.wait(10)
    write(state, (1, {"n": 2}), (2, {"n": 3}), specs=[INT])
    is_written.set()
    reader.join()
    assert [column.cells for column in answers[0].table().columns] == [[1], [1]]


# ---- what plans cannot ask -----------------------------------------------------------------

REFUSED: list[tuple[Any, str]] = [
    (p.Count(p.RowIs("kind", "a")), "'kind'.*mutex.*ids"),
    (p.Count(p.RowIs("kind", True)), "'kind'"),
    (p.Count(p.RowIs("kind", -1)), "-1"),
    (p.Count(p.RowsIn("tags", (1, -1))), "-1"),
    (p.Count(p.RowIs("species", 1)), "'species'.*keyed.*strings"),
    (p.Count(p.RowIs("words", True)), "'words'"),
    (p.Count(p.RowIs("flag", 1)), "'flag'.*bool"),
    (p.Count(p.RowIs("flag", "true")), "'flag'.*bool"),
    (p.Count(p.RowIs("count", 1)), "'count'.*int"),
    (p.Count(p.RowsLike("kind", "%")), "'kind'.*keyed"),
    (p.Count(p.RowsLike("flag", "%")), "'flag'.*keyed"),
    (p.Count(p.RowsLike("count", "%")), "'count'"),
    (p.Count(p.NumberRange("kind", 1, 2)), "'kind'"),
    (p.Count(p.NumberIn("flag", (1,))), "'flag'"),
    (p.Count(p.RecordSet(("a",))), "ids"),
    (p.Count(p.RecordSet((True,))), "ids"),
    (p.Count(p.RecordSet((-1,))), "-1"),
    (p.Count(p.Intersect(())), "input"),
    (p.Count(p.Difference(())), "input"),
    (p.Count(p.Slice(ALL, -1)), "limit"),
    (p.Count(p.Slice(ALL, 1, -1)), "offset"),
    (p.Rows(field="count"), "'count'"),
    (p.Rows(field="kind", after="a"), "'kind'"),
    (p.Rows(field="species", after="never met"), "never met"),
    (p.Rows(field="kind", like="%"), "'kind'"),
    (p.Rows(field="kind", column="a"), "ids"),
    (p.Rows(field="kind", within=(1,), limit=2), "combined"),
    (p.Rows(field="kind", limit=-1), "limit"),
    (p.Rows(field="kind", within=(-1,)), "-1"),
    (p.TopRows(field="price"), "'price'"),
    (p.TopRows(field="kind", k=-1), "limit"),
    (p.Sum("kind"), "'kind'.*Sum"),
    (p.MinMax("max", "flag"), "'flag'.*Max"),
    (p.Percentile("kind", Fraction(50)), "'kind'.*Percentile"),
    (p.Percentile("count", Fraction(-1)), "nth"),
    (p.Percentile("count", Fraction(201, 2)), "nth is 100.5"),
    (p.Extract(input=ALL, fields=(), order=(p.RecordOrder("tags"),)), "'tags'"),
    (p.Extract(input=ALL, fields=(), limit=-1), "limit"),
    (p.Extract(input=ALL, fields=(), offset=-1), "offset"),
    (p.GroupBy(fields=()), "at least one"),
    (p.GroupBy(fields=(p.GroupField(field="count", like="%"),)), "'count'"),
    (p.GroupBy(fields=(p.GroupField(field="count", after="a"),)), "'count'"),
    (p.GroupBy(fields=(p.GroupField(field="kind"),), aggregate=p.Sum("tags")), "'tags'"),
    (p.GroupBy(fields=(p.GroupField(field="kind"),), having=p.Having("sum", 1)), "aggregate"),
    (p.GroupBy(fields=(p.GroupField(field="kind"),), order=(p.GroupOrder("aggregate"),)), "aggregate"),
    (p.GroupBy(fields=(p.GroupField(field="kind"),), limit=-1), "limit"),
    (p.Summarize(input=ALL, values=(p.SummaryValue("sum", "species"),)), "'species'"),
    (p.Summarize(input=ALL, values=(p.SummaryValue("max"),)), "max"),
]


@pytest.mark.parametrize("is_empty", [True, False])
@pytest.mark.parametrize(("plan", "words"), REFUSED, ids=[str(plan) for plan, _ in REFUSED])
def test_senseless_plans_are_refused_with_the_reason(plan: Any, words: str, is_empty: bool) -> None:
    """What a type does not answer is a BadRequest that names the field or value, with records or without."""
    state = state_with(*SPECS)
    if not is_empty:
        write(state, (1, {"kind": 1, "species": "a", "tags": [1], "count": 1, "price": 2, "flag": True}))
    with pytest.raises(BadRequest, match=words):
        ask(state, plan)


def test_a_keyed_table_has_no_ids() -> None:
    """Ids and ranges of ids are refused where records are known by keys."""
    state = state_with(*SPECS, is_keyed=True)
    for bitmap in (p.RecordSet((1,)), p.IdRange(1, 2), p.RecordSet(("a", 1))):
        with pytest.raises(BadRequest, match="keys"):
            ask(state, p.Count(bitmap))
    with pytest.raises(BadRequest, match="keys"):
        ask(state, p.Rows(field="kind", column=1))


UNKNOWN: list[Any] = [
    p.Count(p.RowIs("x", 1)),
    p.Count(p.NumberRange("x")),
    p.Count(p.NotNull("x")),
    p.Rows(field="x"),
    p.TopRows(field="x"),
    p.Sum("x"),
    p.Distinct("x"),
    p.Extract(input=ALL, fields=("x",)),
    p.Extract(input=ALL, fields=(), order=(p.RecordOrder("x"),)),
    p.GroupBy(fields=(p.GroupField(field="x"),)),
    p.GroupBy(fields=(p.GroupField(field="kind"),), aggregate=p.CountDistinct("x")),
    p.Summarize(input=ALL, keys=("x",)),
    p.Summarize(input=ALL, values=(p.SummaryValue("count", "x"),)),
]


@pytest.mark.parametrize("plan", UNKNOWN, ids=str)
def test_unknown_fields_are_named(plan: Any) -> None:
    """A plan with a field that is not there says which."""
    with pytest.raises(ResourceNotFound, match="field not found: 'x'"):
        ask(state_with(*SPECS), plan)


def test_a_used_up_budget_ends_a_run() -> None:
    """A run past its deadline is ended."""
    with pytest.raises(RequestTimeout):
        state_with().run("t", p.Count(ALL), Budget(seconds=1, deadline_s=0))
