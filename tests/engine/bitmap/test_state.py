"""The state around the columns: schema, what is refused and how it is said, visibility, memory."""

import threading
from typing import Any

import numpy as np
import pytest

from roarbase.engine import plan as p
from roarbase.engine.bitmap.state import BitmapState
from roarbase.engine.plain.state import PlainState
from roarbase.errors import BadRequest, IncorrectState, LogDamaged, RequestTimeout, ResourceNotFound
from roarbase.model.batch import VALUE, Batch, MutexColumn, NumberColumn
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable, DecideKeys, DropField, DropTable
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.testing.batches import batch_of
from tests.engine.bitmap.both import kernels_of, outcome, schema_entries
from tests.engine.plain.generated import SPECS

INT = FieldSpec(name="n", type=FieldType.INT)
KIND = FieldSpec(name="kind", type=FieldType.MUTEX)


def state_with(*specs: FieldSpec, is_keyed: bool | None = False, **options: int) -> BitmapState:
    state = BitmapState(kernels=kernels_of("plain"), **options)
    for entry in schema_entries(specs, is_keyed=is_keyed):
        state.apply(entry)
    return state


def write(state: Any, *writes: Any) -> Any:
    entry = state.assign(batch_of("t", SPECS, writes, is_keyed=False))
    state.apply(entry)
    return entry


WRONG: list[p.Plan] = [
    p.Count(p.RowIs("gone", 1)),
    p.Count(p.RowIs("count", 1)),
    p.Count(p.RowIs("kind", "a")),
    p.Count(p.RowIs("kind", -1)),
    p.Count(p.RowIs("species", 1)),
    p.Count(p.RowIs("flag", 1)),
    p.Count(p.NumberRange("kind", 1, 2)),
    p.Count(p.NumberIn("tags", (1,))),
    p.Count(p.RowsLike("kind", "a%")),
    p.Count(p.NotNull("gone")),
    p.Count(p.RecordSet(("a",))),
    p.Count(p.RecordSet((-1,))),
    p.Count(p.Intersect(())),
    p.Count(p.Difference(())),
    p.Records(p.Slice(p.All(), limit=-1)),
    p.Sum("kind"),
    p.MinMax("min", "tags"),
    p.TopRows(field="count"),
    p.TopRows(field="kind", k=-1),
    p.Rows(field="price"),
    p.Rows(field="kind", within=(1,), limit=2),
    p.Rows(field="species", after="unknown"),
    p.Rows(field="kind", like="%"),
    p.Distinct("gone"),
    p.Extract(input=p.All(), fields=("gone",)),
    p.Extract(input=p.All(), fields=(), order=(p.RecordOrder("tags"),)),
    p.Extract(input=p.All(), fields=(), offset=-1),
    p.GroupBy(fields=()),
    p.GroupBy(fields=(p.GroupField(field="price"),)),
    p.GroupBy(fields=(p.GroupField(field="kind"),), having=p.Having("sum", 1)),
    p.GroupBy(fields=(p.GroupField(field="kind"),), order=(p.GroupOrder("aggregate"),)),
    p.GroupBy(fields=(p.GroupField(field="kind"),), aggregate=p.Sum("tags")),
    p.GroupBy(fields=(p.GroupField(field="kind"),), aggregate=p.CountDistinct("gone")),
    p.GroupBy(fields=(p.GroupField(field="count", like="%"),)),
    p.GroupBy(fields=(p.GroupField(field="count", within=(True,)),)),
    p.Summarize(input=p.All(), keys=("gone",)),
    p.Summarize(input=p.All(), values=(p.SummaryValue("sum"),)),
    p.Summarize(input=p.All(), keys=("kind",), values=(p.SummaryValue("min", "tags"),)),
    p.Summarize(input=p.All(), values=(p.SummaryValue("count", "gone"),)),
]


@pytest.mark.parametrize("plan", WRONG, ids=repr)
@pytest.mark.parametrize("has_records", [False, True])
def test_wrong_questions_are_refused_in_the_same_words(plan: p.Plan, has_records: bool) -> None:
    """A plan that asks what a field does not answer gets the plain engine's sentence, records or not."""
    plain, bitmap = PlainState(), BitmapState(kernels=kernels_of("plain"))
    for state in (plain, bitmap):
        for entry in schema_entries():
            state.apply(entry)
        if has_records:
            write(state, (1, {"count": 1, "kind": 2, "species": "a", "tags": [1], "flag": True, "price": 5}))
    expected = outcome(plain, plan)
    assert outcome(bitmap, plan) == expected
    assert has_records is False or expected.startswith(("BadRequest", "ResourceNotFound"))


def test_schema_follows_changes() -> None:
    """The schema is the same object between changes, its version grows, and what is so already is no change."""
    state = state_with(INT)
    before = state.schema()
    for change in (CreateTable(table="t", name="table"), CreateField(table="t", field_id="x", spec=INT)):
        assert not state.is_change(change)
        state.apply(change)
    assert state.schema() is before
    state.apply(CreateTable(table="u", name="other"))
    state.apply(DropField(table="t", name="n"))
    assert state.schema().version == before.version + 2
    assert state.schema().tables["table"].fields == {}
    state.apply(DropTable(table="t"))
    assert [*state.schema().tables] == ["other"]
    with pytest.raises(ResourceNotFound):
        state.run("t", p.Count(p.All()), Budget())
    with pytest.raises(ResourceNotFound):
        state.assign(batch_of("t", [], [(1, {})], is_keyed=False))


def test_an_open_table_takes_the_kind_of_its_first_batch() -> None:
    """Ids or keys: the first applied batch decides, one taken back does not."""
    state = state_with(is_keyed=None)
    state.take_back(state.assign(batch_of("t", [], [("a", {})], is_keyed=True)))
    assert outcome(state, p.Count(p.All())) == "CountResult(count=0)"
    write(state, (7, {}))
    assert state.schema().tables["table"].is_keyed is False
    with pytest.raises(IncorrectState):
        state.is_change(DecideKeys(table="t", is_keyed=True))


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


@pytest.mark.parametrize("first", [1, 50])
def test_records_are_seen_once_they_are_applied(first: int) -> None:
    """A batch that has its positions and is not yet applied is in no answer, whichever way it is asked for."""
    state = state_with(INT)
    write(state, (first, {}))
    entry = state.assign(batch_of("t", [], [(2, {}), (60, {})], is_keyed=False))
    asked: list[p.Bitmap] = [p.All(), p.IdRange(), p.IdRange(0, 70), p.RecordSet((1, 2, 50, 60)), p.Slice(p.IdRange(1))]
    for node in asked:
        assert outcome(state, p.Records(node)) == f"RecordsResult(records=[{first}], is_keyed=False)"
    state.apply(entry)
    for node in asked:
        assert outcome(state, p.Count(node)) == "CountResult(count=3)"


def test_a_spent_budget_ends_a_query() -> None:
    """A query whose time is over ends with RequestTimeout."""
    state = state_with(INT)
    with pytest.raises(RequestTimeout):
        state.run("t", p.Count(p.All()), Budget(seconds=1, deadline_s=0))


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


def test_memory_is_what_the_buffers_take() -> None:
    """100,000 records with a byte of number, of code and of set row take a few bytes each beside their ids."""
    state = state_with(INT, KIND, FieldSpec(name="tags", type=FieldType.SET))
    ids = np.arange(100_000, dtype=np.uint64)
    states = np.full(len(ids), VALUE, np.uint8)
    n = NumberColumn(field="n", states=states, values=ids.astype(np.int64) % 100)
    kind = MutexColumn(field="kind", states=states, rows=ids % np.uint64(200))
    before = state.memory_bytes()
    entry = state.assign(Batch(table="t", ids=ids, columns=(n, kind)))
    names = state.memory_bytes() - before
    state.apply(entry)
    columns = state.memory_bytes() - before - names
    assert 2 * 131_072 < columns < 2.3 * 131_072
