"""Int fields with a foreign index: what they hold, what they take with them, what they keep."""

from threading import Thread

import msgspec
import pytest

from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.storage.entries import BatchEntry, Entry
from roarbase.errors import BadRequest, IncorrectState, LogDamaged, RelatedResourceNotFound, RoarbaseError
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable, DropField, DropTable
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.testing.batches import Write, batch_of
from tests.engine.states import outcome

TOWN = FieldSpec(name="town", type=FieldType.INT, foreign_index="towns")
BOSS = FieldSpec(name="boss", type=FieldType.INT, foreign_index="people")
SIZE = FieldSpec(name="size", type=FieldType.INT)
SPECS = (TOWN, BOSS, SIZE)
TABLES: tuple[Entry, ...] = (
    CreateTable(table="w", name="towns", is_keyed=True),
    CreateTable(table="t", name="people", is_keyed=True),
    CreateField(table="t", field_id="1", spec=TOWN),
    CreateField(table="t", field_id="2", spec=BOSS),
    CreateField(table="w", field_id="3", spec=SIZE),
)


def new_state() -> BitmapState:
    state = BitmapState()
    for entry in TABLES:
        state.apply(entry)
    return state


def people(*writes: Write) -> Batch:
    return batch_of("t", SPECS, writes, is_keyed=True)


def towns(*writes: Write) -> Batch:
    return batch_of("w", SPECS, writes, is_keyed=True)


def ask(state: BitmapState, plan: p.Plan, table: str = "t") -> str:
    return repr(state.run(table, plan, Budget()))


def keys(state: BitmapState, node: p.Bitmap, table: str = "t") -> list[object]:
    return [*state.run(table, p.Records(node), Budget()).table().columns[0].cells]


def cells(state: BitmapState, field: str) -> list[object]:
    plan = p.Extract(input=p.All(), fields=(field,))
    return [*state.run("t", plan, Budget()).table().columns[1].cells]


def write(state: BitmapState, batch: Batch) -> BatchEntry:
    entry = state.assign(batch)
    state.apply(entry)
    return entry


def replayed(*entries: Entry) -> BitmapState:
    """What the log makes of these entries."""
    state = new_state()
    for entry in entries:
        state.apply(msgspec.msgpack.decode(msgspec.msgpack.encode(entry), type=Entry))
    return state


def test_a_key_that_no_record_has_is_known_and_no_record() -> None:
    """A reference makes its key known to the other table; there is a record once one is written, and it is the same."""
    state = new_state()
    write(state, people(("ann", {"town": "bonn"}), ("bob", {"town": "york"})))
    assert keys(state, p.All(), "w") == []
    assert ask(state, p.Count(p.RecordSet(("bonn",))), "w") == "CountResult(count=0)"
    write(state, towns(("york", {"size": 5})))
    assert keys(state, p.All(), "w") == ["york"]
    assert cells(state, "town") == ["bonn", "york"]
    assert state.verify() == []


def test_a_table_may_refer_to_itself() -> None:
    """Records first, then whom they refer to, in one batch: the numbers agree, live and replayed."""
    state = new_state()
    first = write(state, people(("ann", {"boss": "zoe"}), ("bob", {"boss": "ann"})))
    second = write(state, people(("zoe", {"boss": None}), ("carl", {"boss": "new"})))
    for each in (state, replayed(first, second)):
        assert cells(each, "boss") == ["zoe", "ann", None, "new"]
        assert keys(each, p.All()) == ["ann", "bob", "zoe", "carl"]
        assert keys(each, p.RowIs("boss", "ann")) == ["bob"]


def test_tables_may_refer_to_each_other_while_both_are_read_and_written() -> None:
    """Runs and writes over two tables that refer to each other never wait for each other for ever."""
    state = BitmapState()
    back = FieldSpec(name="mayor", type=FieldType.INT, foreign_index="people")
    for entry in (*TABLES, CreateField(table="w", field_id="4", spec=back)):
        state.apply(entry)
    writing = Thread(target=lambda: [_write_both(state, back, number) for number in range(300)], daemon=True)
    reading = [Thread(target=_read_both, args=(state,), daemon=True) for _ in range(3)]
    for thread in (writing, *reading):
        thread.start()
    for thread in (writing, *reading):
        thread.join(60)
        assert not thread.is_alive()
    assert len(keys(state, p.NotNull("town"))) == len(keys(state, p.NotNull("mayor"), "w")) == 300


def _write_both(state: BitmapState, back: FieldSpec, number: int) -> None:
    write(state, people((f"p{number}", {"town": f"w{number}"})))
    write(state, batch_of("w", (back,), [(f"w{number}", {"mayor": f"p{number}"})], is_keyed=True))


def _read_both(state: BitmapState) -> None:
    for number in range(300):
        assert len(keys(state, p.RowIs("town", f"w{number}"))) <= 1
        assert len(keys(state, p.RowIs("mayor", f"p{number}"), "w")) <= 1


def test_what_is_taken_back_is_unknown_in_both_tables() -> None:
    """After a write that failed on disk, its keys get other numbers, and replay agrees with what stayed."""
    state = new_state()
    kept = state.assign(people(("ann", {"town": "bonn", "boss": "zoe"})))
    failed = [
        state.assign(people((name, {"town": town, "boss": name + "2"}))) for name, town in (("b", "x"), ("c", "y"))
    ]
    for entry in reversed(failed):
        state.take_back(entry)
    state.apply(kept)
    more = [write(state, towns(("y", {"size": 1}))), write(state, people(("c", {"town": "x"})))]
    copy = replayed(kept, *more)
    for each in (state, copy):
        assert cells(each, "town") == ["bonn", "x"]
        assert keys(each, p.RowIs("town", "y")) == []
        assert each.verify() == []
    assert state.memory_bytes() == copy.memory_bytes()


def test_a_batch_that_is_refused_leaves_no_key_in_the_other_table() -> None:
    """An error after keys were taken gives them back."""
    state = new_state()
    good = people(("ann", {"town": "bonn"}))
    broken = people(("ann", {"town": "gone"})).columns[0]
    object.__setattr__(broken.rows, "codes", broken.rows.codes + 7)
    with pytest.raises(IndexError):
        state.assign(Batch(table="t", keys=["new"], columns=(good.columns[0], broken)))
    write(state, towns(("york", {})))
    entry = write(state, good)
    assert entry.first_new == 0
    assert entry.foreign_keys[0].first == 1


def test_a_damaged_entry_is_told() -> None:
    """An entry whose foreign keys do not follow on what the other table knows, or name no keyed table, is refused."""
    entry = new_state().assign(people(("ann", {"town": "bonn"})))
    foreign = entry.foreign_keys[0]
    for change in ({"first": 3}, {"table": "nowhere"}):
        wrong = msgspec.structs.replace(entry, foreign_keys=[msgspec.structs.replace(foreign, **change)])
        with pytest.raises(LogDamaged):
            replayed(wrong)


def test_the_table_referred_to_is_dropped_last() -> None:
    """While a field refers to a table it stays; its name stands for the same table in every replay."""
    state = new_state()
    with pytest.raises(IncorrectState, match=r"refer to the table 'towns'; drop them first: people\.town"):
        state.is_change(DropTable(table="w"))
    state.apply(DropField(table="t", name="town"))
    assert state.is_change(DropTable(table="w"))
    state.apply(DropTable(table="w"))
    assert state.is_change(DropTable(table="t")), "a table that refers to itself only can be dropped"


def test_a_field_refers_to_a_table_that_is_there() -> None:
    """A field that refers to a table open yet for ids or keys, or to none, is refused."""
    state = new_state()
    state.apply(CreateTable(table="i", name="open", is_keyed=None))
    for name in ("open", "nowhere"):
        spec = FieldSpec(name="x", type=FieldType.INT, foreign_index=name)
        with pytest.raises(RelatedResourceNotFound):
            state.is_change(CreateField(table="t", field_id="9", spec=spec))


def test_a_field_that_refers_to_ids_holds_numbers() -> None:
    """What the records of its table are known by is found out when it is made; making it again alters nothing."""
    state = new_state()
    state.apply(CreateTable(table="i", name="ids", is_keyed=False))
    change = CreateField(table="t", field_id="9", spec=FieldSpec(name="x", type=FieldType.INT, foreign_index="ids"))
    assert state.is_change(change)
    state.apply(change)
    made = next(t for t in state.schema().tables.values() if t.id == "t").fields["x"]
    assert (made.foreign_has_ids, made.is_reference) == (True, False)
    assert not state.is_change(change)
    assert state.run("t", p.Sum("x"), Budget()) is not None


@pytest.mark.parametrize(
    "plan",
    [
        p.Sum("town"),
        p.MinMax("max", "town"),
        p.Count(p.NumberRange("town", 0, 1)),
        p.Count(p.NumberIn("town", (0,))),
        p.Count(p.RowIs("town", 0)),
        p.Count(p.RowsIn("town", ("bonn", True))),
        p.Rows(field="town"),
        p.TopRows(field="town"),
        p.GroupBy(fields=(p.GroupField(field="town", after="never met"),)),
        p.GroupBy(fields=(p.GroupField(field="boss"),), aggregate=p.Sum("town")),
        p.Summarize(input=p.All(), values=(p.SummaryValue("sum", "town"),)),
    ],
)
def test_references_are_no_numbers(plan: p.Plan) -> None:
    """What adds up or compares numbers, or lists rows, says that the field refers to a table."""
    state = new_state()
    write(state, people(("ann", {"town": "bonn", "boss": "bob"})))
    with pytest.raises(BadRequest, match="town"):
        ask(state, plan)


def test_numbers_do_not_pass_for_references() -> None:
    """A batch that brings numbers for a reference, or keys for a plain int field, is refused whole."""
    state = new_state()
    for column in (
        batch_of("t", [FieldSpec(name="town", type=FieldType.INT)], [("ann", {"town": 0})], is_keyed=True),
        batch_of(
            "w", [FieldSpec(name="size", type=FieldType.INT, foreign_index="x")], [("a", {"size": "b"})], is_keyed=True
        ),
    ):
        with pytest.raises(IncorrectState):
            state.assign(column)
    assert keys(state, p.All()) == []


def test_order_by_a_reference_is_by_key() -> None:
    """Extract orders by the keys' text, nulls where they are wanted."""
    state = new_state()
    write(state, people(("1", {"town": "york"}), ("2", {"town": "bonn"}), ("3", {}), ("4", {"town": "york"})))
    plan = p.Extract(input=p.All(), fields=("town",), order=(p.RecordOrder("town", is_descending=True),))
    assert outcome(state, plan).count("'york', 'york', 'bonn', None") == 1


def test_patterns_and_nulls_of_references() -> None:
    """Keys match patterns, also where their table knows many more; a cleared reference is null."""
    state = new_state()
    write(state, towns(*((f"town {number}", {}) for number in range(3000))))
    write(state, people(("ann", {"town": "town 7"}), ("bob", {"town": "town 2999"}), ("cat", {"town": "ulm"})))
    write(state, people(("cat", {"town": None})))
    assert keys(state, p.RowsLike("town", "town _")) == ["ann"]
    assert keys(state, p.RowsLike("town", "%9")) == ["bob"]
    assert keys(state, p.RowsLike("town", "u%")) == []
    assert keys(state, p.NotNull("town")) == ["ann", "bob"]
    assert cells(state, "town") == ["town 7", "town 2999", None]


def test_an_empty_table_answers() -> None:
    """Before anything is referred to, every question has its empty answer."""
    state = new_state()
    for plan in (p.Distinct("town"), p.GroupBy(fields=(p.GroupField(field="town"),)), p.Records(p.RowIs("town", "x"))):
        try:
            ask(state, plan)
        except RoarbaseError as error:
            pytest.fail(repr(error))
