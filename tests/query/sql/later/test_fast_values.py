"""Plain VALUES read column by column are what they are read word by word."""

import os
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.errors import RequestError
from roarbase.model.batch import VALUE, Batch, Column, KeyedRows, NumberColumn, SetColumn
from roarbase.model.fields import FieldSpec, FieldType, TableSpec
from roarbase.model.schema import Schema
from roarbase.query.program import ChangeData, Program
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.catalog import Catalog
from roarbase.query.sql.later.plan_cache import PlanCache
from roarbase.query.sql.later.statements.inserting import insert, insert_plain
from roarbase.query.sql.later.words import read_words
from roarbase.query.sql.source import Source
from tests.query.sql.later.asking import ask, opened, shown

STATEMENTS = int(os.environ.get("ROARBASE_STATEMENTS", "200"))

_FIELDS = (
    FieldSpec(name="i", type=FieldType.INT, minimum=-5, maximum=1000),
    FieldSpec(name="d", type=FieldType.DECIMAL, scale=2),
    FieldSpec(name="s", type=FieldType.MUTEX, is_keyed=True),
    FieldSpec(name="b", type=FieldType.BOOL),
    FieldSpec(name="ids", type=FieldType.SET),
    FieldSpec(name="tags", type=FieldType.SET, is_keyed=True),
    FieldSpec(name="seen", type=FieldType.TIME, quantum="YMD"),
    FieldSpec(name="at", type=FieldType.TIMESTAMP, unit="ms"),
)
_TABLE = TableSpec(id="uuid", name="t", is_keyed=False, fields={spec.name: spec for spec in _FIELDS})
_CATALOG = Catalog(schema=Schema(tables={"t": _TABLE}))

_cells = {
    "i": st.sampled_from(
        ["1", "-5", "1000", "null", "NULL", "007", "1001", "1.5", "1+1", "", "1_0", "--1", "9" * 5000, "1".zfill(25)]
    ),
    "d": st.sampled_from(["1.25", "-0.01", "3", "null", "1.255", "'x'", ".25", "1.2.5", "1."]),
    "s": st.sampled_from(["'a'", "''", "'it''s'", "'), (1'", "', '", "','", "null", "'ä\n'", "5", "'", "", "nil"]),
    "b": st.sampled_from(["true", "FALSE", "null", "1"]),
    "ids": st.sampled_from(
        [
            "[1]",
            "[3, 1,3]",
            "[ ]",
            "null",
            "[-1]",
            "[01]",
            "[1",
            "['a']",
            "[18446744073709551615]",
            "[1.0]",
            f"[{1:025d}]",
        ]
    ),
    "tags": st.sampled_from(
        [
            "['a']",
            "['b','a', 'b']",
            "[]",
            "null",
            "['it''s']",
            "['a\\\\n']",
            "['\"']",
            "['],[']",
            "[1]",
            "['a', 1]",
            "['é']",
        ]
    ),
    "seen": st.sampled_from(["[7]", "[]", "null", "{1, [2]}", "[1, 2]"]),
    "at": st.sampled_from(["'2022-06-30'", "5", "null", "'x'", "current_date"]),
}
_ids = st.sampled_from(["1", "2", "18446744073709551614", "-1", "null", "'a'", ""])
_rows = st.lists(st.tuples(_ids, *_cells.values()), min_size=1, max_size=3)


def _binding(text: str) -> Binding:
    return Binding(text=Source(text), catalog=_CATALOG, now_ns=10**18)


def _slow(text: str) -> Program | str:
    try:
        return insert(_binding(text), read_words(Source(text), 100))
    except RequestError as error:
        return error.message


def _told(program: Program) -> dict[str, list[Any]]:
    """What the only step of a program writes, by fields; sets have no order, and a member twice is there once."""
    (step,) = program
    assert isinstance(step, ChangeData)
    batch = step.change
    assert isinstance(batch, Batch)
    assert batch.ids is not None
    return {"_id": batch.ids.tolist(), **{column.field: _cells_of(column) for column in batch.columns}}


def _cells_of(column: Column) -> list[Any]:
    given = column.values if isinstance(column, NumberColumn) else column.rows
    values = [given.keys[code] for code in given.codes] if isinstance(given, KeyedRows) else given.tolist()
    if isinstance(column, SetColumn):
        sets = [frozenset(values[start:stop]) for start, stop in pairwise(column.offsets)]
        return [*zip(sets, [None] * len(sets) if column.times is None else column.times.tolist(), strict=True)]
    states = [VALUE] * len(values) if column.states is None else column.states.tolist()
    return [(state, value if state == VALUE else None) for state, value in zip(states, values, strict=True)]


@given(rows=_rows, gap=st.sampled_from(["", " ", "\n  "]), end=st.sampled_from(["", ";", " ; ", ",", ")"]))
@settings(max_examples=STATEMENTS, deadline=None, derandomize=STATEMENTS <= 200)
def test_it_is_what_words_say(rows: list[tuple[str, ...]], gap: str, end: str) -> None:
    """A fast answer is that of the words; for whatever they refuse there is none."""
    values = f",{gap}".join(f"({gap}{f'{gap},{gap}'.join(row)}{gap})" for row in rows)
    text = f"insert into t (_id, i, d, s, b, ids, tags, seen, at) values {values}{end}"
    fast, slow = insert_plain(_binding(text), PlanCache()), _slow(text)
    if fast is not None:
        assert _told(fast) == (slow if isinstance(slow, str) else _told(slow))


def test_half_a_surrogate_pair_is_no_text() -> None:
    """It is left to the words, which say so."""
    assert insert_plain(_binding("insert into t (_id, s) values (1, '\ud800')"), PlanCache()) is None


def test_plain_rows_are_fast() -> None:
    """Rows of literals of one type each do not go the slow way."""
    rows = ", ".join(
        f"({number}, {number % 7}, {number}.{number % 4}, 'it''s', true, [{number}, 1], ['a', 'b'], [], '2022-06-30')"
        for number in range(100)
    )
    assert insert_plain(_binding(f"INSERT INTO t VALUES {rows}"), PlanCache()) is not None


def test_a_long_statement(tmp_path: Path) -> None:
    """A long statement is written like a short one, and its errors have their place."""
    rows = ", ".join(f"({number}, {number}, 'n{number}')" for number in range(1, 2001))
    with opened(tmp_path / "db") as engine:
        ask(engine, "create table t (_id id, i int max 1999, s string)")
        refused = shown(ask(engine, f"insert into t values {rows}"))
        assert refused[0].endswith("inserting value into column 'i', row 2000, value '2000' out of range")
        ask(engine, "create table u (_id id, i int, s string)")
        ask(engine, f"insert into u values {rows}")
        assert shown(ask(engine, "select count(*), sum(i), max(s) from u")) == [
            ":int, :int, :string",
            "2000 | 2001000 | n999",
        ]


def test_a_member_twice_is_there_once(tmp_path: Path) -> None:
    """However often a set names a member, in new records and in those that are there."""
    with opened(tmp_path / "db") as engine:
        ask(engine, "create table t (_id id, tags idset, words stringset)")
        for _ in range(2):
            rows = ", ".join(f"({number}, [7, 8, 7], ['a', 'a'])" for number in range(1_000))
            ask(engine, f"insert into t values {rows}")
            counted = ask(engine, "select tags, count(*) from t with (flatten(tags)) group by tags")
            assert shown(counted)[1:] == ["[7] | 1000", "[8] | 1000"]
            assert shown(ask(engine, "select words from t where _id = 999"))[1:] == ["[a]"]
