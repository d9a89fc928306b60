"""One question in PQL, in SQL and in plain Python has one answer.

Records go through a sink's decoder into the engine, in several requests that write over one
another; a dict per record does the same by the words of docs/ingest.md.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine.bitmap_state import BitmapState
from roarbase.ingest.compatibility import missing_fields
from roarbase.ingest.declaration import read_declaration
from roarbase.ingest.decoder import SinkDecoder
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable
from roarbase.model.fields import TableSpec
from roarbase.model.results import ResultTable
from roarbase.query.pql import compile_pql
from roarbase.query.program import AskData
from roarbase.query.sql import compile_sql

SETS = ("tags", "nums")
SCHEMA = read_declaration(
    {
        "id_field": "id",
        "allow_missing_fields": True,
        "definition": [
            {"name": "id", "path": ["id"], "type": "id"},
            {"name": "tag", "path": ["tag"], "type": "string", "config": {"Mutex": True}},
            {"name": "tags", "path": ["tags"], "type": "strings"},
            {"name": "one", "path": ["one"], "type": "id", "config": {"Mutex": True}},
            {"name": "nums", "path": ["nums"], "type": "ids"},
            {"name": "ok", "path": ["ok"], "type": "bool"},
            {"name": "n", "path": ["n"], "type": "int"},
            {"name": "d", "path": ["d"], "type": "decimal", "config": {"Scale": 2}},
        ],
    }
)
TAGS = ("a", "ab", "b", "ba")
IDS = (0, 1, 2, 7, 2**20, 2**32, 2**64 - 2)
NUMBERS = (-(2**63), -5, -1, 0, 1, 3, 2**63 - 1)
DECIMALS = ("-1.01", "-0.05", "0", "0.5", "1.00", "4.35")
LITERALS = {
    "n": ("-9223372036854775808", "-5", "-1", "0", "1", "9223372036854775807"),
    "d": ("-5", "-1.01", "-0.05", "0", "0.5", "0.99", "1", "4.35", "9223372036854775807"),
}
"""What fields can hold: of more exact literals, PQL cuts off what SQL compares."""

Record = dict[str, Any]
Table = dict[int, Record]

records = st.fixed_dictionaries(
    {"id": st.sampled_from(IDS)},
    optional={
        "tag": st.none() | st.sampled_from(TAGS),
        "tags": st.none() | st.lists(st.sampled_from(TAGS), max_size=3),
        "one": st.none() | st.sampled_from(IDS),
        "nums": st.none() | st.lists(st.sampled_from(IDS), max_size=3),
        "ok": st.none() | st.booleans(),
        "n": st.none() | st.sampled_from(NUMBERS),
        "d": st.none() | st.sampled_from(DECIMALS),
    },
)
requests = st.lists(st.lists(records, max_size=8), max_size=3)


# ---- the table, in the engine and in a dict ------------------------------------------------


def loaded(bodies: Iterable[list[Record]]) -> BitmapState:
    """An engine after these requests."""
    state = BitmapState()
    state.apply(CreateTable(table="t", name="t", is_keyed=False))
    for number, spec in enumerate(missing_fields(SCHEMA, TableSpec(id="t", name="t"))):
        state.apply(CreateField(table="t", field_id=str(number), spec=spec))
    decoder = SinkDecoder(SCHEMA, "t")
    for body in bodies:
        text = json.dumps({"records": [{"value": record} for record in body]})
        decoded = decoder.decode(text.encode(), maximum_records=100)
        assert decoded.verdicts.error_count == 0
        if decoded.batch is not None:
            state.apply(state.assign(decoded.batch))
    return state


def plainly(bodies: Iterable[list[Record]]) -> Table:
    """The records after these requests: values replace, null clears, sets add, what is missing stays."""
    table: Table = {}
    for record in (record for body in bodies for record in body):
        kept = table.setdefault(record["id"], {})
        for name, value in record.items():
            if name in SETS:
                kept[name] = kept.get(name, set()) | set(value or ())
            elif name != "id":
                kept[name] = Fraction(value) if name == "d" and value is not None else value
    return table


def values(record: Record, name: str) -> list[Any]:
    """What a record holds in a field, as the members of a set or the one value."""
    value = record.get(name)
    return [] if value is None else sorted(value) if name in SETS else [value]


# ---- asking --------------------------------------------------------------------------------


def rows(state: BitmapState, language: Callable[..., Any], statement: str) -> list[tuple[Any, ...]]:
    """The rows of an answer; decimals as fractions."""
    (step,) = language(statement, state.schema())
    assert isinstance(step, AskData)
    result = state.run(step.table.id, step.plan, Budget())
    for finish in step.finish:
        result = finish(result)
    return _exact(result.table())


def _exact(table: ResultTable) -> list[tuple[Any, ...]]:
    columns = []
    for column in table.columns:
        scale = 10**column.scale
        columns.append([Fraction(cell, scale) if cell is not None and scale > 1 else cell for cell in column.cells])
    return list(zip(*columns, strict=True))


@dataclass(frozen=True)
class Condition:
    """One condition in both languages, and as a function of a record."""

    pql: str
    sql: str
    holds: Callable[[int, Record], bool]


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def compared(name: str, operator: str, literal: str) -> Condition:
    compare, number = OPERATORS[operator], Fraction(literal)
    text = f"{name} {operator} {literal}"
    return Condition(f"Row({text})", text, lambda _, r: any(compare(v, number) for v in values(r, name)))


def between(name: str, low: str, high: str) -> Condition:
    bounds = Fraction(low), Fraction(high)
    return Condition(
        f"Row({name} >< [{low}, {high}])",
        f"{name} between {low} and {high}",
        lambda _, r: any(bounds[0] <= v <= bounds[1] for v in values(r, name)),
    )


def holding(name: str, row: Any) -> Condition:
    pql, sql = (f"'{row}'", f"'{row}'") if isinstance(row, str) else (str(row).lower(),) * 2
    return Condition(f"Row({name}={pql})", f"{name} = {sql}", lambda _, r: row in values(r, name))


def other_than(name: str, row: Any) -> Condition:
    inner = holding(name, row)
    return Condition(
        f"Difference(Row({name} != null), {inner.pql})",
        inner.sql.replace("=", "!=", 1),
        lambda _, r: bool(values(r, name)) and row not in values(r, name),
    )


def null(name: str) -> Condition:
    return Condition(f"Row({name} == null)", f"{name} is null", lambda _, r: not values(r, name))


def like(name: str, pattern: str, beginning: str) -> Condition:
    return Condition(
        f"UnionRows(Rows({name}, like='{pattern}'))",
        f"{name} like '{pattern}'",
        lambda _, r: any(v.startswith(beginning) for v in values(r, name)),
    )


def named(ids: list[int]) -> Condition:
    text = ", ".join(map(str, ids))
    return Condition(f"ConstRow(columns=[{text}])", f"_id in ({text})", lambda id_, _: id_ in ids)


def both(left: Condition, right: Condition) -> Condition:
    return Condition(
        f"Intersect({left.pql}, {right.pql})",
        f"({left.sql} and {right.sql})",
        lambda id_, r: left.holds(id_, r) and right.holds(id_, r),
    )


def either(left: Condition, right: Condition) -> Condition:
    return Condition(
        f"Union({left.pql}, {right.pql})",
        f"({left.sql} or {right.sql})",
        lambda id_, r: left.holds(id_, r) or right.holds(id_, r),
    )


EVERYTHING = Condition("All()", "true", lambda _, __: True)
FIELDS = ("tag", "tags", "one", "nums", "ok", "n", "d")
numbers = st.sampled_from(["n", "d"])


def with_literals(count: int) -> st.SearchStrategy[tuple[str, ...]]:
    """A number field and so many literals for it."""
    return numbers.flatmap(lambda name: st.tuples(st.just(name), *[st.sampled_from(LITERALS[name])] * count))


small_ids = st.sampled_from([i for i in IDS if i < 2**63])
rows_held = st.one_of(
    st.tuples(st.sampled_from(["tag", "tags"]), st.sampled_from([*TAGS, "unknown"])),
    st.tuples(st.sampled_from(["one", "nums"]), small_ids),
    st.tuples(st.just("ok"), st.booleans()),
)
leaves = st.one_of(
    st.just(EVERYTHING),
    st.tuples(with_literals(1), st.sampled_from([*OPERATORS])).map(lambda c: compared(c[0][0], c[1], c[0][1])),
    with_literals(2).map(lambda c: between(*c)),
    rows_held.map(lambda held: holding(*held)),
    rows_held.map(lambda held: other_than(*held)),
    st.sampled_from(FIELDS).map(null),
    st.sampled_from(["tag", "tags"]).map(lambda name: like(name, "a%", "a")),
    st.lists(small_ids, min_size=1, max_size=3).map(named),
)
conditions = st.recursive(leaves, lambda inner: st.builds(both, inner, inner) | st.builds(either, inner, inner))


class Asked:
    """A table, and the records of it for which a condition holds."""

    def __init__(self, bodies: list[list[Record]], condition: Condition) -> None:
        self.state = loaded(bodies)
        self.condition = condition
        everything = plainly(bodies)
        self.chosen = {i: everything[i] for i in sorted(everything) if condition.holds(i, everything[i])}

    def pql(self, statement: str) -> list[tuple[Any, ...]]:
        """The answer to PQL, `$` standing for the condition."""
        return rows(self.state, compile_pql, "[t]" + statement.replace("$", self.condition.pql))

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """The answer to SQL, `$` standing for the condition."""
        return rows(self.state, compile_sql, statement.replace("$", self.condition.sql))

    def held(self, name: str) -> list[Any]:
        """Each value of each chosen record."""
        return [value for record in self.chosen.values() for value in values(record, name)]


# ---- the questions -------------------------------------------------------------------------


@settings(deadline=None)
@given(requests, conditions, st.integers(0, 4), st.integers(0, 4))
def test_records_and_counts(bodies: list[list[Record]], condition: Condition, limit: int, offset: int) -> None:
    """Records come in order of id, cut alike, and are counted."""
    asked = Asked(bodies, condition)
    ids = [(i,) for i in asked.chosen]
    assert asked.pql("$") == asked.sql("select _id from t where $") == ids
    assert asked.pql("Count($)") == asked.sql("select count(*) from t where $") == [(len(ids),)]
    window = f"limit {limit} offset {offset}"
    cut = asked.sql(f"select _id from t where $ {window}")
    assert asked.pql(f"Limit($, limit={limit}, offset={offset})") == cut == ids[offset : offset + limit]


@settings(deadline=None)
@given(requests, conditions)
def test_values_of_records(bodies: list[list[Record]], condition: Condition) -> None:
    """Each cell is what was written last, sets are what was added, and nothing is null."""
    asked = Asked(bodies, condition)
    expected = [
        (i, *(tuple(values(r, name)) or None if name in SETS else r.get(name) for name in sorted(FIELDS)))
        for i, r in asked.chosen.items()
    ]
    by_pql = asked.pql("Extract($, " + ", ".join(f"Rows({name})" for name in sorted(FIELDS)) + ")")
    by_sql = asked.sql("select * from t where $")
    assert by_pql == by_sql
    # Members of a keyed set come in the order in which its field met them.
    assert [tuple(tuple(sorted(c)) if isinstance(c, tuple) else c for c in row) for row in by_sql] == expected


@settings(deadline=None)
@given(requests, conditions, st.sampled_from(["n", "d"]))
def test_numbers(bodies: list[list[Record]], condition: Condition, name: str) -> None:
    """Sums are exact and extremes know how many records hold them; over nothing SQL says null, PQL zero."""
    asked = Asked(bodies, condition)
    held = asked.held(name)
    total = sum(held) if held else None
    assert asked.sql(f"select sum({name}), count({name}) from t where $") == [(total, len(held))]
    assert asked.pql(f"Sum($, field={name})") == [(total or 0, len(held))]
    for function, extreme in (("min", min), ("max", max)):
        value = extreme(held) if held else None
        assert asked.sql(f"select {function}({name}) from t where $") == [(value,)]
        assert asked.pql(f"{function.capitalize()}($, field={name})") == [(value or 0, held.count(value))]


@settings(deadline=None)
@given(requests, conditions, st.sampled_from(FIELDS))
def test_distinct_values(bodies: list[list[Record]], condition: Condition, name: str) -> None:
    """Distinct values are the same; numbers and ids come in ascending order."""
    asked = Asked(bodies, condition)
    expected = [(value,) for value in sorted(set(asked.held(name)))]
    by_pql = asked.pql(f"Distinct($, field={name})")
    assert by_pql == asked.sql(f"select distinct {name} from t where $")
    assert (sorted(by_pql) if name in ("tag", "tags") else by_pql) == expected
    counts = asked.pql(f"Count(Distinct($, field={name}))")
    assert counts == asked.sql(f"select count(distinct {name}) from t where $") == [(len(expected),)]


@settings(deadline=None)
@given(requests, conditions, st.sampled_from(["tag", "tags", "one", "nums"]), st.integers(0, 3))
def test_top_rows(bodies: list[list[Record]], condition: Condition, name: str, k: int) -> None:
    """The rows held most often come first, in either language as often as counted by hand."""
    asked = Asked(bodies, condition)
    counts = Counter(asked.held(name))
    by_pql = asked.pql(f"TopK({name}, filter=$, k={k})")
    by_sql = asked.sql(f"select {name}, count(*) from t where $ group by {name} order by count(*) desc limit {k}")
    assert [count for _, count in by_pql] == [count for _, count in by_sql] == sorted(counts.values())[::-1][:k]
    assert all(counts[row] == count for row, count in by_pql + by_sql)


@settings(deadline=None)
@given(requests, conditions, st.lists(st.sampled_from([f for f in FIELDS if f != "d"]), min_size=1, max_size=3))
def test_groups(bodies: list[list[Record]], condition: Condition, given_names: list[str]) -> None:
    """Groups, their counts and sums are those of all combinations that records hold."""
    asked = Asked(bodies, condition)
    names = [*dict.fromkeys(given_names)]
    members: dict[tuple[Any, ...], list[Record]] = {}
    for record in asked.chosen.values():
        for combination in product(*(values(record, name) for name in names)):
            members.setdefault(combination, []).append(record)
    expected = {keys: len(held) for keys, held in members.items()}
    calls, columns = ", ".join(f"Rows({name})" for name in names), ", ".join(names)
    for answer in (
        asked.pql(f"GroupBy({calls}, filter=$)"),
        asked.sql(f"select {columns}, count(*) from t where $ group by {columns}"),
    ):
        assert {row[:-1]: row[-1] for row in answer} == expected
        assert len(answer) == len(expected)
    sums = {keys: [r["d"] for r in held if r.get("d") is not None] for keys, held in members.items()}
    expected_sums = {(*keys, len(found)): sum(found) for keys, found in sums.items() if found}
    for answer in (
        asked.pql(f"GroupBy({calls}, filter=$, aggregate=Sum(field=d))"),
        asked.sql(f"select {columns}, count(d), sum(d) from t where $ group by {columns} having count(d) > 0"),
    ):
        assert {row[:-1]: row[-1] for row in answer} == expected_sums


@settings(deadline=None)
@given(
    requests,
    conditions,
    st.sampled_from(["tag", "one", "ok", "n", "d"]),
    st.sampled_from(["", " desc"]),
    st.sampled_from(["", " nulls first", " nulls last"]),
    st.none() | st.integers(0, 4),
    st.integers(0, 4),
)
def test_order(
    bodies: list[list[Record]],
    condition: Condition,
    name: str,
    direction: str,
    nulls: str,
    limit: int | None,
    offset: int,
) -> None:
    """Records order by value, equal ones by id, nulls as lowest unless the statement places them; then they are cut."""
    asked = Asked(bodies, condition)
    has_value = [i for i, r in asked.chosen.items() if r.get(name) is not None]
    has_value.sort(key=lambda i: asked.chosen[i][name], reverse=bool(direction))
    without = [i for i, r in asked.chosen.items() if r.get(name) is None]
    is_first = nulls == " nulls first" or (not nulls and not direction)
    ordered = (without + has_value if is_first else has_value + without)[offset:]
    cut = f" limit {limit} offset {offset}" if limit is not None else f" offset {offset}"
    answer = asked.sql(f"select _id from t where $ order by {name}{direction}{nulls}{cut}")
    assert [i for (i,) in answer] == ordered[:limit]
