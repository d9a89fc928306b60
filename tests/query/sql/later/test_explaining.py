"""EXPLAIN tells which part of a query runs where, and how long it took; it changes nothing."""

import json
from pathlib import Path
from typing import Any

from roarbase.engine.port import Engine
from roarbase.errors import RequestError
from tests.query.sql.later.asking import ask, opened, shown


def _explained(engine: Engine, statement: str) -> Any:
    answer = ask(engine, f"explain {statement}")
    assert not isinstance(answer, RequestError), answer
    return json.loads(str(answer.table().columns[0].cells[0]))


def test_where_a_query_runs(tmp_path: Path) -> None:
    """Constants, bitmaps alone, and bitmaps before DuckDB are told apart, with what each reads."""
    with opened(tmp_path / "db") as engine:
        ask(engine, "create table t (_id id, i int, s string)")
        ask(engine, "insert into t values (1, 1, 'ab'), (2, 1, 'x'), (3, 2, 'abc')")
        assert _explained(engine, "select 1 + 1") == {"answered by": "its constants"}
        alone = _explained(engine, "select count(*) from t where i = 1")
        assert (alone["answered by"], alone["passes"]) == ("bitmaps", ["push_filters"])
        assert "NumberIn(field='i', values=(1,))" in alone["plan"]
        assert alone["rows"] == 1
        assert alone["bitmaps"]["inputs"][0]["actual"] == 2
        assert [step["step"] for step in alone["then"]] == ["Typed"]
        both = _explained(engine, "select len(s) from t where i = 1 and len(s) > 1")
        assert both["answered by"] == "bitmaps, then DuckDB"
        (given,) = both["inputs"]
        assert (given["table"], given["columns"], given["records"]) == ("t", ["s"], "NumberIn(field='i', values=(1,))")
        assert "WHERE" in both["DuckDB runs"]
        assert (given["rows"], both["rows"], both["microseconds of DuckDB"] > 0) == (2, 1, True)


def test_no_word_of_a_user_reaches_duckdb(tmp_path: Path) -> None:
    """Names of tables, columns and aliases are not in the text that DuckDB runs."""
    with opened(tmp_path / "db") as engine:
        ask(engine, "create table secret_table (_id id, secret_column int)")
        told = _explained(engine, 'select secret_column + 1 as "x; drop" from secret_table secret_alias order by 1')
        assert "secret" not in told["DuckDB runs"]
        assert "drop" not in told["DuckDB runs"]


def test_order_without_order_by(tmp_path: Path) -> None:
    """What DuckDB gives without ORDER BY comes in an order of its own: by keys, by columns, by ids."""
    with opened(tmp_path / "db") as engine:
        ask(engine, "create table t (_id id, i int)")
        ask(engine, f"insert into t values {', '.join(f'({number}, {number % 7})' for number in range(500, 0, -1))}")
        groups = shown(ask(engine, "select i, count(*) + 0 as n from t group by i"))
        assert [row.split(" ")[0] for row in groups[1:]] == [str(number) for number in range(7)]
        distinct = shown(ask(engine, "select distinct i + 1 as x from t"))
        assert distinct[1:] == [str(number) for number in range(1, 8)]
        joined = shown(ask(engine, "select a._id as x from t a join t b on a._id = b._id where a.i + 0 = 3"))
        assert [*map(int, joined[1:])] == [number for number in range(1, 501) if number % 7 == 3]


def test_changes_are_told_and_not_made(tmp_path: Path) -> None:
    """Of a statement that changes something, its steps are told."""
    with opened(tmp_path / "db") as engine:
        ask(engine, "create table t (_id id, i int)")
        ask(engine, "insert into t values (1, 1)")
        assert _explained(engine, "insert into t (_id, i) values (2, 2)")["steps"] == [
            {"step": "ChangeData", "table": "t", "records": 1}
        ]
        (deleting,) = _explained(engine, "delete from t where i = 1")["steps"]
        assert deleting["change"] == "DeleteRecords(records=NumberIn(field='i', values=(1,)))"
        assert _explained(engine, "drop table t")["steps"] == [{"step": "DropTable", "table": "t"}]
        assert shown(ask(engine, "select count(*) as n from t")) == ["n:int", "1"]
        assert shown(ask(engine, "explain explain select 1"))[0].startswith("! 1:9: ")
