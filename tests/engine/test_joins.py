"""Questions over several tables: every way of naming records there is, against the model, and at one moment."""

import dataclasses
import re
from functools import cache
from random import Random
from threading import Thread
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.edits import DeleteRecords, Edits, StoreRow
from roarbase.engine.kernels.fast import FastKernels
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import SHARD_POSITIONS, Kernels
from roarbase.engine.operators import reach
from roarbase.errors import BadRequest, ResourceNotFound
from roarbase.model.batch import CLEARED, VALUE, Batch, NumberColumn
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable, DropTable
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.testing.batches import batch_of
from roarbase.testing.reference import ReferenceTable
from tests.engine.generated import COUNTS, ID_POOL, KEY_POOL, ROW_KEY_POOL, SPECS, bitmaps, random_batches
from tests.engine.states import schema_entries
from tests.support.kernels import compiled_entries
from tests.support.samples import sample

INT, SET, MUTEX = FieldType.INT, FieldType.SET, FieldType.MUTEX
TOWN_KEYS = [*ROW_KEY_POOL, *KEY_POOL[:20]]
FAR_IDS = [*(shard * 2**20 + i for shard in (1, 2) for i in range(3)), 2**32, 2**32 + 1, 2**63 - 1]
"""Ids whose own positions are beyond those of the others, and perhaps taken by one that has none."""
SMALL_IDS = [-(2**63), -1, *range(40), *FAR_IDS]


def specs_of(table: str, *, is_keyed: bool) -> tuple[FieldSpec, ...]:
    """The fields of each table; `is_keyed` says whether the table `t` is."""
    to_t = FieldSpec(name="mayor", type=INT, foreign_index="table" if is_keyed else "")
    return {
        "t": SPECS,
        "w": (to_t, FieldSpec(name="home", type=SET), FieldSpec(name="zone", type=MUTEX, is_keyed=True)),
        "v": (
            FieldSpec(name="friend", type=INT),
            FieldSpec(name="town", type=INT, foreign_index="towns"),
            FieldSpec(name="price", type=FieldType.DECIMAL, scale=1),
            FieldSpec(name="ok", type=FieldType.BOOL),
        ),
    }[table]


IS_KEYED = {"w": True, "v": False}
POOLS: dict[str, list[Any]] = {
    "home": [*ID_POOL, *FAR_IDS],
    "zone": TOWN_KEYS,
    "friend": SMALL_IDS,
    "town": ROW_KEY_POOL,
    "price": SMALL_IDS,
    "ok": [True, False],
}


def kinds(*, is_keyed: bool) -> dict[str, bool]:
    return {"t": is_keyed, **IS_KEYED}


def kernels_of(name: str) -> Kernels:
    return FastKernels(compiled_entries(), threads=2, worth_waking_ps=0) if name == "compiled" else PlainKernels()


def random_writes(random: Random, table: str, *, is_keyed: bool) -> list[tuple[Any, dict[str, Any]]]:
    names: list[Any] = TOWN_KEYS if table == "w" else [*range(40)]
    if table == "v":
        names = random.choice([names, names, ID_POOL, FAR_IDS])
    pools = POOLS | {"mayor": KEY_POOL if is_keyed else SMALL_IDS}
    writes = []
    for name in random.sample(names, min(len(names), random.choice([1, 5, 20]))):
        values = {}
        for spec in specs_of(table, is_keyed=is_keyed):
            if random.random() < 0.7:
                value = random.choice(pools[spec.name])
                values[spec.name] = [value] if spec.type is SET else None if random.random() < 0.1 else value
        writes.append((name, values))
    return writes


@cache
def tables(seed: int, kernels: str, *, is_keyed: bool) -> tuple[BitmapState, dict[str, ReferenceTable]]:
    """Three tables that name records of one another, in the engine and in the model."""
    random = Random(seed)
    state = BitmapState(kernels=kernels_of(kernels))
    for entry in schema_entries(is_keyed=is_keyed):
        state.apply(entry)
    state.apply(CreateTable(table="v", name="villages", is_keyed=False))
    for table in ("w", "v"):
        for spec in specs_of(table, is_keyed=is_keyed):
            state.apply(CreateField(table=table, field_id=f"{table} {spec.name}", spec=spec))
    names = {"t": "table", "w": "towns", "v": "villages"}
    models = {
        t: ReferenceTable(specs_of(t, is_keyed=is_keyed), is_keyed=k) for t, k in kinds(is_keyed=is_keyed).items()
    }
    for model in models.values():
        model.refer_to({names[table]: other for table, other in models.items()}, models)
    if random.random() < 0.5:  # ids that are their own positions, and others where this is not drawn
        _write(state, models, "v", [(number, {}) for number in range(40)], is_keyed=is_keyed)
    for writes in random_batches(seed, is_keyed=is_keyed):
        _write(state, models, "t", writes, is_keyed=is_keyed)
        if not is_keyed and random.random() < 0.3:
            _write(state, models, "t", [(number, {}) for number in random.sample(FAR_IDS, 3)], is_keyed=is_keyed)
        for table in ("w", "v"):
            if random.random() < 0.6:
                _write(state, models, table, random_writes(random, table, is_keyed=is_keyed), is_keyed=is_keyed)
    assert state.verify() == []
    return state, models


def _write(state: BitmapState, models: dict[str, ReferenceTable], table: str, writes: Any, *, is_keyed: bool) -> None:
    specs = specs_of(table, is_keyed=is_keyed)
    state.apply(state.assign(batch_of(table, specs, writes, is_keyed=kinds(is_keyed=is_keyed)[table])))
    models[table].write(writes)


# ---- plans ---------------------------------------------------------------------------------


def names_of(named: str, table: str, *, is_keyed: bool) -> list[str]:
    """The fields of a table whose values may name records of another (or the same) one."""
    by_key = kinds(is_keyed=is_keyed)[named]
    fields = [
        spec.name
        for spec in specs_of(table, is_keyed=is_keyed)
        if (spec.is_keyed or spec.is_reference if by_key else not spec.is_reference)
    ]
    return fields + (["_id"] if kinds(is_keyed=is_keyed)[table] == by_key else [])


def selections(table: str, *, is_keyed: bool) -> st.SearchStrategy[Any]:
    """Records of one table, without joins."""
    if table == "t":
        return bitmaps(st.sampled_from(KEY_POOL if is_keyed else ID_POOL), is_keyed=is_keyed)
    field = st.sampled_from([spec.name for spec in specs_of(table, is_keyed=is_keyed)])
    records = st.sampled_from(TOWN_KEYS if table == "w" else ID_POOL)
    return st.just(p.All()) | st.builds(p.NotNull, field) | st.builds(p.RecordSet, st.lists(records).map(tuple))


def joins(table: str, *, is_keyed: bool, depth: int = 2) -> st.SearchStrategy[Any]:
    """Records of one table by those of another, which may be found by those of a third."""
    found = []
    for other in ("t", "w", "v"):
        inner = selections(other, is_keyed=is_keyed)
        if depth > 1:
            inner |= joins(other, is_keyed=is_keyed, depth=depth - 1)
        by = names_of(table, other, is_keyed=is_keyed)
        own = [name for name in names_of(other, table, is_keyed=is_keyed) if name != "_id"]
        if by:
            found.append(st.builds(p.Referred, st.just(other), st.sampled_from(by), inner))
        if own:
            found.append(st.builds(p.Referring, st.sampled_from(own), st.just(other), inner))
    mine = selections(table, is_keyed=is_keyed)
    both = st.lists(st.one_of(found) | mine, min_size=1, max_size=2).map(tuple)
    return st.one_of(*found, st.builds(p.Intersect, both), st.builds(p.Difference, both))


JOINS = {(table, is_keyed): joins(table, is_keyed=is_keyed) for table in ("t", "w", "v") for is_keyed in (False, True)}


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
@pytest.mark.parametrize("is_keyed", [False, True])
@pytest.mark.parametrize("table", ["t", "w", "v"])
@settings(deadline=None, max_examples=sample(20))
@given(data=st.data(), seed=st.integers(0, 15))
def test_joins_agree_with_the_model(data: st.DataObject, seed: int, table: str, is_keyed: bool, kernels: str) -> None:
    """Every node that reads another table selects what nested loops over the records select."""
    state, models = tables(seed, kernels, is_keyed=is_keyed)
    node = data.draw(JOINS[table, is_keyed])
    limit, offset = data.draw(st.none() | COUNTS), data.draw(COUNTS)
    field = specs_of(table, is_keyed=is_keyed)[0].name
    for plan in (p.Count(node), p.Records(p.Slice(node, limit, offset)), p.Extract(input=node, fields=(field,))):
        assert repr(state.run(table, plan, Budget())) == repr(models[table].answer(plan))


# ---- many records --------------------------------------------------------------------------

PEOPLE = SHARD_POSITIONS + 200
VISITS = 2 * SHARD_POSITIONS + 70


def numbers(field: str, values: Any, states: Any = None) -> NumberColumn:
    given = np.full(len(values), VALUE, np.uint8) if states is None else states
    return NumberColumn(field=field, states=given, values=values.astype(np.int64))


@cache
def big(kernels: str) -> tuple[BitmapState, Any, Any, Any]:
    """People by ids that are their positions, and visits that name them at random, over several shards."""
    random = np.random.default_rng(1)
    state = BitmapState(kernels=kernels_of(kernels))
    for table, fields in (("people", ("age",)), ("visits", ("person", "shop"))):
        state.apply(CreateTable(table=table, name=table, is_keyed=False))
        for field in fields:
            state.apply(CreateField(table=table, field_id=f"{table} {field}", spec=FieldSpec(name=field, type=INT)))
    ages = random.integers(0, 100, PEOPLE)
    people = Batch(table="people", ids=np.arange(PEOPLE, dtype=np.uint64), columns=(numbers("age", ages),))
    persons, shops = random.integers(-5, 2 * PEOPLE, VISITS), random.integers(0, 1000, VISITS)
    persons[:3] = [PEOPLE - 1, PEOPLE, 2**62]
    persons[-3:] = [0, SHARD_POSITIONS - 1, SHARD_POSITIONS]
    states = np.where(random.random(VISITS) < 0.1, CLEARED, VALUE).astype(np.uint8)
    columns = (numbers("person", persons, states), numbers("shop", shops))
    visits = Batch(table="visits", ids=np.arange(10**6, 10**6 + VISITS, dtype=np.uint64), columns=columns)
    for batch in (people, visits):
        state.apply(state.assign(batch))
    return state, ages, np.where(states == VALUE, persons, -1), shops


def ids(state: BitmapState, table: str, node: p.Bitmap) -> list[int]:
    plan = p.Records(node)
    return [*state.run(table, plan, Budget()).table().columns[0].cells]  # type: ignore[list-item]


@pytest.mark.parametrize("kernels", ["plain", "compiled"])
def test_joins_over_several_shards(kernels: str) -> None:
    """Numbers that lead to other shards, behind the last one, below 0 and nowhere, in both directions."""
    state, ages, persons, shops = big(kernels)
    for low, high in ((0, 0), (0, 500), (0, 999)):
        by_shop = (shops >= low) & (shops <= high)
        named = np.unique(persons[by_shop])
        named = named[(named >= 0) & (named < PEOPLE)]
        named = named[ages[named] >= 50]
        node = p.Intersect((p.NumberRange("age", 50), p.Referred("visits", "person", p.NumberRange("shop", low, high))))
        assert ids(state, "people", node) == named.tolist()
    for low in (0, 99):
        by_age = np.flatnonzero(ages >= low)
        naming = np.flatnonzero(np.isin(persons, by_age)) + 10**6
        assert ids(state, "visits", p.Referring("person", "people", p.NumberRange("age", low))) == naming.tolist()


# ---- which tables a plan reads -------------------------------------------------------------


def test_every_node_that_can_hold_another_is_looked_into() -> None:
    """A join inside any node is found before the run, which locks its table."""
    for name in p.__all__:
        kind = getattr(p, name)
        if not dataclasses.is_dataclass(kind):
            continue
        for member in dataclasses.fields(kind):
            words = set(re.findall(r"\w+", str(member.type)))
            if words & {"Bitmap", "CountDistinct"}:
                assert member.name in reach._INSIDE.get(kind, ()), f"{name}.{member.name} may hold a join"


# ---- cached joins --------------------------------------------------------------------------


def chain() -> tuple[BitmapState, dict[str, p.Bitmap], dict[str, ReferenceTable]]:
    """B's records by A's, A's by B's, and one through the other and back."""
    state = two_tables()
    specs = {"a": (FieldSpec(name="friend", type=INT),), "b": (FieldSpec(name="ok", type=INT),)}
    models = {table: ReferenceTable(specs[table], is_keyed=False) for table in specs}
    for model in models.values():
        model.refer_to(models, models)
    by_a = p.Referred("a", "friend", p.NumberRange("friend", 0, 20))
    by_b = p.Referring("friend", "b", p.NumberRange("ok", 1))
    return state, {"b": p.Referred("a", "friend", by_b), "a": p.Referring("friend", "b", by_a)}, models


def check_often(state: BitmapState, nodes: dict[str, p.Bitmap], models: dict[str, ReferenceTable]) -> None:
    """More often than it takes until a bitmap is cached, as a count and as records."""
    for table, node in nodes.items():
        for plan in (p.Count(node), p.Records(node)) * 3:
            assert outcome_on(state, table, plan) == repr(models[table].answer(plan))
        assert state.tables()[table].joins.entries, "the join is cached"


WRITES: list[tuple[str, Any]] = [
    ("a", [(name, {"friend": name + 10}) for name in range(30)]),
    ("b", [(name, {"ok": name % 3}) for name in range(30)]),
    ("a", [(3, {"friend": 12})]),
    ("b", [(12, {"ok": 0}), (13, {"ok": 1}), (70, {"ok": 7})]),
    ("a", [(90, {"friend": 14}), (91, {"friend": 70})]),
    ("b", DeleteRecords(p.NumberRange("ok", 2))),
    ("a", DeleteRecords(p.RecordSet((3, 4, 90)))),
    ("b", [(14, {"ok": 5})]),
]


def test_cached_joins_follow_writes_to_any_of_their_tables() -> None:
    """Asked until it is cached and then after every write, a join is always of the records as they are."""
    state, nodes, models = chain()
    for table, what in WRITES:
        if isinstance(what, list):
            write(state, table, what)
            models[table].write(what)
        else:
            state.apply(state.assign(Edits(table=table, steps=(what,))))
            models[table].edit(what)
        if models["b"].records:
            check_often(state, nodes, models)
    before = {table: state.tables()[table].joins.entries.copy() for table in nodes}
    check_often(state, nodes, models)
    assert before == {table: state.tables()[table].joins.entries for table in nodes}, (
        "without writes nothing is made anew"
    )


def test_a_join_stays_cached_while_the_records_named_are_the_same() -> None:
    """What the records named hold is no part of it; one more record, or one less, is."""
    state, _, models = chain()
    node = p.Referred("a", "friend", p.NumberRange("friend", 0, 20))
    for table, what in WRITES[:2]:
        write(state, table, what)
        models[table].write(what)
    check_often(state, {"b": node}, models)
    before = state.tables()["b"].joins.entries.copy()
    write(state, "b", [(12, {"ok": 9})])
    check_often(state, {"b": node}, models)
    assert state.tables()["b"].joins.entries == before
    for change in ([(99, {"ok": 1})], DeleteRecords(p.RecordSet((12,)))):
        before = state.tables()["b"].joins.entries.copy()
        if isinstance(change, list):
            write(state, "b", change)
            models["b"].write(change)
        else:
            state.apply(state.assign(Edits(table="b", steps=(change,))))
            models["b"].edit(change)
        check_often(state, {"b": node}, models)
        assert state.tables()["b"].joins.entries != before


def test_joins_cached_within_a_write_are_of_its_steps() -> None:
    """A join read, and cached, by a step is made anew for the next, and after a write that fails for all others."""
    state, nodes, models = chain()
    row, ok = FieldSpec(name="row", type=SET), FieldSpec(name="ok", type=INT)
    state.apply(CreateField(table="b", field_id="row", spec=row))
    models["b"] = ReferenceTable([ok, row], is_keyed=False)
    for model in models.values():
        model.refer_to(models, models)
    for table, what in WRITES[:2]:
        write(state, table, what)
        models[table].write(what)
    often = p.Intersect((nodes["b"],) * 3)
    change = [(name, {"ok": 0}) for name in (11, 13)]
    steps: list[Any] = [
        StoreRow("row", 1, often),
        batch_of("b", [ok], change, is_keyed=False),
        StoreRow("row", 2, often),
    ]
    fails = StoreRow("row", 3, p.Intersect((often, p.NotNull("none"))))
    with pytest.raises(ResourceNotFound):
        state.transact(Edits(table="b", steps=(*steps[1:], fails)), 1, lambda _: None)
    check_often(state, nodes, models)
    state.transact(Edits(table="b", steps=tuple(steps)), 1, lambda _: None)
    models["b"].edit(steps[0])
    models["b"].write(change)
    models["b"].edit(steps[2])
    rows = p.Extract(input=p.All(), fields=("row",))
    assert outcome_on(state, "b", rows) == repr(models["b"].answer(rows))
    check_often(state, nodes, models)


# ---- errors, and moments -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "node", "words"),
    [
        ("t", p.Referred("w", "_id", p.All()), "one knows its records by keys"),
        ("w", p.Referred("t", "count", p.All()), "names no records of table 'towns', which are known by keys"),
        ("w", p.Referred("t", "tags", p.All()), "'tags' is a set: it names no records"),
        (
            "v",
            p.Referred("t", "town", p.All()),
            "a reference to table 'towns': it names no records of table 'villages'",
        ),
        ("t", p.Referring("count", "w", p.All()), "names no records of table 'towns'"),
        ("t", p.Referred("w", "mayor", p.NumberRange("zone", 1)), "a comparison of numbers"),
    ],
)
def test_names_of_another_kind_are_refused(table: str, node: p.Bitmap, words: str) -> None:
    """Ids where a table has keys, keys where it has ids, and errors inside the other table."""
    state, _ = tables(1, "plain", is_keyed=False)
    with pytest.raises(BadRequest, match=words):
        state.run(table, p.Count(node), Budget())


def test_what_is_not_there_is_told() -> None:
    """An unknown table or field, and one that was dropped."""
    state, _ = tables(2, "plain", is_keyed=False)
    for node in (p.Referred("x", "a", p.All()), p.Referred("v", "a", p.All()), p.Referring("a", "v", p.All())):
        with pytest.raises(ResourceNotFound):
            state.run("t", p.Count(node), Budget())


def test_tables_without_a_record_join_nothing() -> None:
    """Open, empty, keyed or not: no record on either side."""
    state = BitmapState()
    link = FieldSpec(name="link", type=INT)
    for table, is_keyed in (("a", None), ("b", False), ("c", None)):
        state.apply(CreateTable(table=table, name=table, is_keyed=is_keyed))
        state.apply(CreateField(table=table, field_id=table, spec=link))
    for own in "abc":
        for other in "abc":
            for node in (p.Referred(other, "link", p.All()), p.Referred(other, "_id", p.All())):
                assert outcome_on(state, own, p.Count(node)) == "CountResult(count=0)"
            assert outcome_on(state, own, p.Count(p.Referring("link", other, p.All()))) == "CountResult(count=0)"


def outcome_on(state: BitmapState, table: str, plan: p.Plan) -> str:
    return repr(state.run(table, plan, Budget()))


def two_tables() -> BitmapState:
    state = BitmapState()
    for table, field in (("b", "ok"), ("a", "friend")):
        state.apply(CreateTable(table=table, name=table, is_keyed=False))
        state.apply(CreateField(table=table, field_id=table, spec=FieldSpec(name=field, type=INT)))
    return state


def write(state: BitmapState, table: str, writes: Any) -> None:
    specs = (FieldSpec(name="ok", type=INT), FieldSpec(name="friend", type=INT))
    state.apply(state.assign(batch_of(table, specs, writes, is_keyed=False)))


def test_a_question_over_two_tables_is_of_one_moment() -> None:
    """A is written first, then B; whoever asks B's records by A's never finds more in B than A has."""
    state, stop = two_tables(), 150

    def write_all() -> None:
        for number in range(stop):
            names = range(10 * number, 10 * number + 10)
            write(state, "a", [(name, {"friend": name}) for name in names])
            write(state, "b", [(name, {"ok": 1}) for name in names])

    writing = Thread(target=write_all, daemon=True)
    writing.start()
    counts: list[int] = []
    while writing.is_alive():
        orphans = p.Count(p.Difference((p.All(), p.Referred("a", "friend", p.All()))))
        assert outcome_on(state, "b", orphans) == "CountResult(count=0)"
        found = state.run("b", p.Count(p.Referred("a", "friend", p.All())), Budget())
        counts.append(found.count)  # type: ignore[union-attr]
    writing.join(60)
    assert all(count % 10 == 0 for count in counts), "each batch is seen wholly or not at all"


def test_a_long_answer_over_two_tables_is_of_its_last_moment() -> None:
    """Writes to either table between the pieces of a long reading are in the answer wholly."""
    state = two_tables()
    write(state, "a", [(name, {"friend": name}) for name in range(0, 200, 2)])
    write(state, "b", [(name, {"ok": name}) for name in range(200)])
    plan = p.Extract(input=p.Referred("a", "friend", p.All()), fields=("ok",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roarbase.engine.operators.gathering._AT_ONCE", 3)
        finish = state.begin("b", plan, Budget())
        write(state, "a", [(name, {"friend": name + 1}) for name in range(0, 200, 2)])
        write(state, "b", [(3, {"ok": -3}), (4, {"ok": -4})])
        found = repr(finish())
    assert found == outcome_on(state, "b", plan)


def test_a_table_dropped_in_the_middle_of_a_long_answer_is_told() -> None:
    """Not only its own table: any that the question reads."""
    state = two_tables()
    write(state, "a", [(name, {"friend": name}) for name in range(20)])
    write(state, "b", [(name, {"ok": name}) for name in range(20)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roarbase.engine.operators.gathering._AT_ONCE", 3)
        finish = state.begin("b", p.Records(p.Referred("a", "friend", p.All())), Budget())
        state.apply(DropTable(table="a"))
        with pytest.raises(ResourceNotFound, match="table 'a' was dropped while the query ran"):
            finish()
