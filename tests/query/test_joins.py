"""One question over several tables in SQL, in PQL and in nested loops over records has one answer."""

from random import Random
from typing import Any

import pytest

from roarbase.engine.bitmap_state import BitmapState
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.query.pql import compile_pql
from roarbase.query.program import AskData, Program
from roarbase.query.sql import compile_sql
from roarbase.testing.batches import batch_of

INT, MUTEX, SET = FieldType.INT, FieldType.MUTEX, FieldType.SET
TABLES: dict[str, tuple[bool, tuple[FieldSpec, ...]]] = {
    "plants": (False, (FieldSpec(name="height", type=INT), FieldSpec(name="beds", type=SET))),
    "gardeners": (True, (FieldSpec(name="age", type=INT), FieldSpec(name="knows", type=SET, is_keyed=True))),
    "visits": (
        False,
        (
            FieldSpec(name="plant", type=INT),
            FieldSpec(name="who", type=INT, foreign_index="gardeners"),
            FieldSpec(name="hours", type=INT),
        ),
    ),
}
NAMES: dict[str, list[Any]] = {
    "plants": [*range(12), 2**63],
    "gardeners": [*"abcdefgh"],
    "visits": [*range(30)],
}
VALUES: dict[str, list[Any]] = {
    "height": [*range(5)],
    "beds": [*range(14)],
    "age": [*range(5)],
    "knows": [*"abcxyz"],
    "plant": [*range(-2, 14)],
    "who": [*"abcxyz"],
    "hours": [*range(5)],
}
Records = dict[str, dict[Any, dict[str, Any]]]


def made(seed: int) -> tuple[BitmapState, Records]:
    """The tables with random records, and the same as dictionaries."""
    random, state = Random(seed), BitmapState()
    records: Records = {}
    for table, (is_keyed, specs) in TABLES.items():
        state.apply(CreateTable(table=f"uuid-{table}", name=table, is_keyed=is_keyed))
        for spec in specs:
            state.apply(CreateField(table=f"uuid-{table}", field_id=f"{table}-{spec.name}", spec=spec))
        records[table] = {}
        for name in random.sample(NAMES[table], random.randint(0, len(NAMES[table]))):
            chosen = [spec for spec in specs if random.random() < 0.8]
            records[table][name] = {
                spec.name: random.sample(VALUES[spec.name], 2) if spec.type is SET else random.choice(VALUES[spec.name])
                for spec in chosen
            }
        batch = batch_of(f"uuid-{table}", specs, [*records[table].items()], is_keyed=is_keyed)
        state.apply(state.assign(batch))
    return state, records


def answer(state: BitmapState, program: Program) -> Any:
    (step,) = program
    assert isinstance(step, AskData)
    result = state.run(step.table.id, step.plan, Budget())
    for shape in step.finish:
        result = shape(result)
    cells = result.table().columns[0].cells
    return cells[0] if len(result.table().columns) == 1 and "count" in result.table().columns[0].name else {*cells}


def test_records_named_by_a_field_of_another_table() -> None:
    """Ids in an int field; the join counts each record once."""
    for seed in range(25):
        state, records = made(seed)
        named = {visit.get("plant") for visit in records["visits"].values() if visit.get("hours", -1) >= 2}
        found = {name for name in records["plants"] if name in named}
        sql = "plants p join visits v on p._id = v.plant where v.hours >= 2"
        pql = "Distinct(Row(hours >= 2), index=visits, field=plant)"
        schema = state.schema()
        assert answer(state, compile_sql(f"select _id from {sql}", schema)) == found
        assert answer(state, compile_sql(f"select count(*) from {sql}", schema)) == len(found)
        assert answer(state, compile_pql(f"[plants]Intersect({pql})", schema)) == found
        assert answer(state, compile_pql(f"[plants]Count(Union({pql}))", schema)) == len(found)


def test_records_whose_field_names_a_record_of_another_table() -> None:
    """Keys, in a field that refers and in one that does not; and the same the other way round."""
    for seed in range(25):
        state, records = made(seed)
        schema = state.schema()
        grown = {key for key, gardener in records["gardeners"].items() if gardener.get("age", -1) > 1}
        visits = {name for name, visit in records["visits"].items() if visit.get("who") in grown}
        statement = "select _id from visits v join gardeners g on v.who = g._id where g.age > 1"
        assert answer(state, compile_sql(statement, schema)) == visits
        students = {key for key, each in records["gardeners"].items() if grown & {*each.get("knows", [])}}
        statement = "select _id from gardeners s join gardeners g on s.knows = g._id where g.age > 1"
        assert answer(state, compile_sql(statement, schema)) == students
        known = records["gardeners"].keys() & {k for g in grown for k in records["gardeners"][g].get("knows", [])}
        statement = "select _id from gardeners s join gardeners g on s._id = g.knows where g.age > 1"
        assert answer(state, compile_sql(statement, schema)) == known
        assert answer(state, compile_pql("[gardeners]Union(Distinct(Row(age > 1), field=knows))", schema)) == known


def test_a_chain_of_tables() -> None:
    """Plants that were visited by somebody of an age, by way of the visits, with conditions on all three."""
    for seed in range(25):
        state, records = made(seed)
        found = {
            name
            for name, plant in records["plants"].items()
            if plant.get("height", -1) < 3
            and "height" in plant
            and any(
                visit.get("plant") == name
                and visit.get("hours") != 0
                and "hours" in visit
                and records["gardeners"].get(visit.get("who"), {}).get("age", -1) in (1, 2, 3)
                for visit in records["visits"].values()
            )
        }
        statement = (
            "select _id from plants p, visits v, gardeners g where g._id = v.who and v.plant = p._id "
            "and height < 3 and not hours = 0 and age between 1 and 3"
        )
        assert answer(state, compile_sql(statement, state.schema())) == found


def test_the_same_records_in_two_tables() -> None:
    """`_id` on both sides, ids and keys."""
    for seed in range(25):
        state, records = made(seed)
        both = records["plants"].keys() & {name for name, v in records["visits"].items() if "hours" in v}
        statement = "select _id from plants p join visits v on p._id = v._id where v.hours is not null"
        assert answer(state, compile_sql(statement, state.schema())) == both
        sets = {n for n, plant in records["plants"].items() if records["visits"].keys() & {*plant.get("beds", [])}}
        statement = "select _id from plants p join visits v on v._id = p.beds"
        assert answer(state, compile_sql(statement, state.schema())) == sets


@pytest.mark.parametrize("is_descending", [False, True])
def test_order_and_extent_of_joined_records(is_descending: bool) -> None:
    """Chosen records are ordered by fields of their own and cut, as others are."""
    most = 0
    for seed in range(25):
        state, records = made(seed)
        heights = {name: plant.get("height", -1) for name, plant in records["plants"].items()}
        found = sorted({visit.get("plant") for visit in records["visits"].values()} & heights.keys())
        found.sort(key=heights.__getitem__, reverse=is_descending)
        order = f"order by p.height {'desc' if is_descending else 'asc'}"
        statement = f"select _id from plants p join visits v on p._id = v.plant {order} limit 3 offset 1"
        assert answered(state, statement) == found[1:4]
        most = max(most, len(found))
    assert most > 4


def answered(state: BitmapState, statement: str) -> list[Any]:
    (step,) = compile_sql(statement, state.schema())
    assert isinstance(step, AskData)
    return [*state.run(step.table.id, step.plan, Budget()).table().columns[0].cells]
