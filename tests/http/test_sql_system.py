"""What SQL tells of the service itself: deployments as databases, statements that ran, counters; and KILL QUERY."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from roarbase.errors import RequestError
from roarbase.metastore.store import Metastore
from roarbase.model.results import Result
from roarbase.model.users import Organization
from roarbase.query.sql.later.catalog import Catalog
from roarbase.services.clock import utc_now
from tests.support.house import Here, House, caller

ANN = caller("acme")


@pytest.fixture
def house(metastore: Metastore, tmp_path: Path) -> Iterator[House]:
    metastore.organizations.add(Organization(id="acme", name="acme", created_at=utc_now()))
    made = House(metastore, tmp_path)
    made.delivery.loop = Here()  # type: ignore[assignment]
    yield made
    made.engines.close_all()


@pytest.fixture
def here(house: House) -> str:
    made = house.deployments.create(ANN, name="demo", shape="8GB").id
    house.reconciler.reconcile()
    return made


def _answer(house: House, here: str, statement: str) -> Result | RequestError:
    return house.queries.run_later_sql(ANN, here, statement=statement)


def _rows(house: House, here: str, statement: str) -> list[tuple[object, ...]]:
    answer = _answer(house, here, statement)
    assert not isinstance(answer, RequestError), answer
    return [*zip(*(column.cells for column in answer.table().columns), strict=True)]


def _error(house: House, here: str, statement: str) -> str:
    answer = _answer(house, here, statement)
    assert isinstance(answer, RequestError), answer
    return answer.message


def test_databases_are_deployments(house: House, here: str) -> None:
    """One is made by the units it is to have, with its comment, resized, and dropped when it is empty."""
    _rows(house, here, "create database other with units 8 comment 'x'")
    _rows(house, here, "create database if not exists other")
    house.reconciler.reconcile()
    assert (_rows(house, here, "show databases")[1][1], _rows(house, here, "show databases")[1][-1]) == ("other", "x")
    assert _error(house, here, "create database other") == "[1:17] database 'other' already exists"
    assert _error(house, here, "create database big with units 10000").startswith(
        "[0:0] no deployment with 10000 units"
    )
    assert "units (should be a number between 0-10000)" in _error(house, here, "create database b with units -1")
    _rows(house, here, "alter database other with units 8")
    assert "no deployment with 9 units" in _error(house, here, "alter database other with units 9")
    assert _error(house, here, "alter database other") == "[1:21] UNITS expected"
    assert _error(house, here, "drop database nobody") == "[1:15] database 'nobody' not found"
    _rows(house, here, "drop database if exists nobody")
    _rows(house, here, "create table t (_id id, i int)")
    assert "is not empty" in _error(house, here, "drop database demo")
    _rows(house, here, "drop database other")
    _rows(house, here, "drop database if exists other")
    assert _error(house, here, "drop database other") == "[1:15] database 'other' not found"
    house.reconciler.reconcile()
    assert [row[1] for row in _rows(house, here, "show databases")] == ["demo"]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("select i from t", "[1:15] table or view 't' not found"),
        ("select t.i + u.i from u, t", "[1:26] table or view 't' not found"),
        ("insert into t values (1, 2)", "[1:13] table or view 't' not found"),
        ("delete from t where i * 2 = 4", "[1:13] table or view 't' not found"),
        ("drop table t", "[1:12] table or view 't' not found"),
        ("drop table if exists t", None),
        ("drop database other", "[1:15] database 'other' not found"),
        ("drop database if exists other", None),
    ],
)
def test_what_is_dropped_meanwhile_is_named(
    house: House, here: str, monkeypatch: pytest.MonkeyPatch, statement: str, message: str | None
) -> None:
    """Somebody else drops it after the statement has found it."""
    for made in ("create table t (_id id, i int)", "create table u (_id id, i int)", "create database other"):
        _rows(house, here, made)
    house.reconciler.reconcile()
    catalogs = house.queries._catalogs
    find = catalogs.of

    def overtaken(*arguments: Any) -> Catalog:
        catalog = find(*arguments)
        databases = catalog.read_databases()
        monkeypatch.undo()
        for other in ("drop table t", "drop database other"):
            _rows(house, here, other)
        house.reconciler.reconcile()
        return replace(catalog, read_databases=lambda: databases)

    monkeypatch.setattr(catalogs, "of", overtaken)
    answer = _answer(house, here, statement)
    assert (answer.message if isinstance(answer, RequestError) else None) == message


def test_statements_are_told(house: House, here: str) -> None:
    """The last statements, who ran them, how they ended and how many rows they gave; and counts of them."""
    _rows(house, here, "select 1 as x")
    _error(house, here, "select nothing")
    house.queries.run(ANN, here, language="sql", statement="show tables")
    told = _rows(house, here, "select sql, status, row_count, user from fb_exec_requests where sql != ''")
    assert told[1:4] == [
        ("show tables", "complete", 0, ANN.email),
        ("select nothing", "error", 0, ANN.email),
        ("select 1 as x", "complete", 1, ANN.email),
    ]
    assert told[0][1] == "running"
    counters = dict(_rows(house, here, "select counter_name, value from fb_performance_counters"))  # type: ignore[arg-type]
    assert counters["statements_complete"] == 3
    assert counters["statements_error"] == 1
    assert counters["memory_bytes"] >= 0


def test_plans_are_told(house: House, here: str) -> None:
    """Of each statement that asks for something, how it was answered: by bitmaps, in either language, or by DuckDB."""
    _rows(house, here, "create table t (_id id, i int, s string)")
    _rows(house, here, "insert into t values (1, 5, 'a'), (2, 6, 'b')")
    by_bitmaps = "select count(*) from t where i > 5"
    by_both = "select upper(s) from t where i > 5"
    _rows(house, here, by_bitmaps)
    _rows(house, here, by_both)
    house.queries.run(ANN, here, language="pql", statement="[t]Count(Row(i > 5))")
    too_long = f"select count(*) from t where i in ({', '.join(map(str, range(1000)))})"
    _rows(house, here, too_long)
    told = dict(_rows(house, here, "select sql, plan from fb_exec_requests"))  # type: ignore[arg-type]
    assert '"answered by": "bitmaps",' in told[by_bitmaps]
    assert "NumberRange" in told[by_bitmaps]
    assert told["[t]Count(Row(i > 5))"] == told[by_bitmaps]
    assert '"table": "t"' in told[by_both]
    assert "DuckDB runs" in told[by_both]
    assert told[too_long[:4000]] == ""
    assert all(plan == "" for text, plan in told.items() if not text.startswith(("select", "[")))


def test_other_deployments_are_not_told_of(house: House, here: str) -> None:
    """Statements of another deployment are neither seen nor ended."""
    other = house.deployments.create(ANN, name="other", shape="8GB").id
    house.reconciler.reconcile()
    _rows(house, other, "select 'secret'")
    assert all("secret" not in str(row[0]) for row in _rows(house, here, "select sql from fb_exec_requests"))
    assert _error(house, here, "kill query 'x'") == "[1:12] no query 'x' is running"


def test_a_statement_is_killed(house: House, here: str) -> None:
    """KILL QUERY ends a statement that runs, which then says so."""
    _rows(house, here, "create table t (_id id, i int)")
    _rows(house, here, f"insert into t values {', '.join(f'({number}, {number})' for number in range(1000))}")
    ended: list[Result | RequestError] = []
    long = "select count(*) from t a, t b, t c, t d where a.i + b.i + c.i + d.i = 7"
    thread = threading.Thread(target=lambda: ended.append(_answer(house, here, long)))
    thread.start()
    found: list[object] = []
    for _ in range(200):
        known = _rows(house, here, "select request_id, sql, status from fb_exec_requests")
        found = [row[0] for row in known if row[1:] == (long, "running")]
        if found:
            break
        time.sleep(0.05)
    assert _rows(house, here, f"kill query '{found[0]}'") == [(found[0], "cancelling")]
    thread.join(20)
    assert not thread.is_alive()
    (answer,) = ended
    assert isinstance(answer, RequestError)
    assert answer.message == "[0:0] the statement was ended by KILL QUERY"
    told = _rows(house, here, f"select status from fb_exec_requests where request_id = '{found[0]}'")
    assert told == [("cancelled",)]
    assert "is running" in _error(house, here, f"kill query '{found[0]}'")
