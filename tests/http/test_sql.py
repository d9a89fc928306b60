"""The carrier of the later SQL: plain text in, columns and rows out, errors of the statement beside status 200."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from roarbase.metastore.store import Metastore
from roarbase.model.settings import Settings
from roarbase.model.users import Organization
from roarbase.planes.app import new_app
from roarbase.planes.data.running import StatementRunner
from roarbase.planes.data.sql import sql_router
from roarbase.planes.faces import FACES
from roarbase.services.clock import utc_now
from tests.http.live import AppClient
from tests.support.house import Here, House, Verifier, caller

ANN = {"Authorization": "acme"}


@pytest.fixture
def house(metastore: Metastore, tmp_path: Path) -> Iterator[House]:
    metastore.organizations.add(Organization(id="acme", name="acme", created_at=utc_now()))
    made = House(metastore, tmp_path)
    made.delivery.loop = Here()  # type: ignore[assignment]
    yield made
    made.engines.close_all()


@pytest.fixture
def deployment(house: House) -> str:
    here = house.deployments.create(caller("acme"), name="demo", shape="8GB").id
    house.reconciler.reconcile()
    return here


@pytest.fixture
def client(house: House) -> AppClient:
    made: FastAPI = new_app(Settings())
    made.state.verifier = Verifier()
    for face in FACES:
        made.include_router(sql_router(face, house.queries, StatementRunner(answer_bytes=0)))
    return AppClient(made)


def asked(client: AppClient, deployment: str, statement: str) -> Any:
    answer = client.post(f"/v2/databases/{deployment}/query/sql", content=statement.encode(), headers=ANN)
    assert answer.status_code == 200
    return json.loads(answer.content, parse_float=Decimal)


def test_a_life(client: AppClient, deployment: str) -> None:
    """A table is made, filled, asked, changed and dropped, by anybody who may."""
    made = asked(
        client, deployment, "create table birds (_id id, rings idset, size decimal(2), name string, at timestamp)"
    )
    assert (made["schema"], made["data"]) == ({"fields": []}, [])
    asked(
        client, deployment, "insert into birds values (1, [3, 1], 1.5, 'ann', '2022-06-30'), (2, null, 10, null, null)"
    )
    answer = asked(client, deployment, "select _id, rings, size, name, at from birds where size > 1")
    assert answer["schema"]["fields"][2] == {
        "name": "size",
        "type": "decimal(2)",
        "base-type": "decimal",
        "type-info": {"scale": 2},
    }
    assert answer["schema"]["fields"][0] == {"name": "_id", "type": "id", "base-type": "id", "type-info": None}
    assert answer["data"] == [
        [1, [1, 3], Decimal("1.50"), "ann", "2022-06-30T00:00:00Z"],
        [2, None, Decimal(10), None, None],
    ]
    assert isinstance(answer["execution-time"], int)
    shown = asked(client, deployment, "show tables")
    assert [row[:3] for row in shown["data"]] == [["birds", "birds", caller("acme").email]]
    space_used = [field["name"] for field in shown["schema"]["fields"]].index("space_used")
    assert 1000 < shown["data"][0][space_used] < 10**6
    assert [row[1] for row in asked(client, deployment, "show databases")["data"]] == ["demo"]
    assert asked(client, deployment, "select name, node_count from fb_database_info")["data"] == [["demo", 1]]
    asked(client, deployment, "drop table birds")
    assert asked(client, deployment, "show tables")["data"] == []


def test_views_live_in_a_table(client: AppClient, deployment: str) -> None:
    """The table of views is made with the first one, and shown among the system tables only."""
    assert asked(client, deployment, "select * from fb_views")["data"] == []
    system = [row[0] for row in asked(client, deployment, "show tables with system")["data"]]
    assert "fb_views" in system
    for name in system:
        assert asked(client, deployment, f"show columns from {name}")["data"]
        assert "system table" in asked(client, deployment, f"show create table {name}")["error"]
    asked(client, deployment, "create view one as select 1 as x")
    assert asked(client, deployment, "select x from one")["data"] == [[1]]
    assert asked(client, deployment, "show tables")["data"] == []
    assert "fb_views" in [row[0] for row in asked(client, deployment, "show tables with system")["data"]]
    assert asked(client, deployment, "select _id, statement from fb_views")["data"] == [["one", "select 1 as x"]]


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("select", "1:7: expected expression, found the end of the statement"),
        ("select nothing", "[1:8] column 'nothing' not found"),
        ("select * from nowhere", "[1:15] table or view 'nowhere' not found"),
        ("select prefix('a', 5)", "[0:0] value '5' out of range"),
        ("create table t (_id id, a int min 5 max 1)", "[1:25] int field min cannot be greater than max"),
        ("", "1:1: the statement is empty"),
    ],
)
def test_errors_of_the_statement(client: AppClient, deployment: str, statement: str, error: str) -> None:
    """What is wrong with a statement is told beside status 200, without columns."""
    answer = asked(client, deployment, statement)
    assert answer["error"] == error
    assert set(answer) == {"error", "execution-time"}


def test_other_errors_keep_their_status(client: AppClient, deployment: str) -> None:
    """Who asks and where is settled before the statement is looked at."""
    path = f"/v2/databases/{deployment}/query/sql"
    assert client.post(path, content=b"select 1").status_code == 401
    assert client.post("/v2/databases/nowhere/query/sql", content=b"select 1", headers=ANN).status_code == 404
    assert client.post(path, content=b"\xff", headers=ANN).status_code == 400
    assert client.post(path, content=b"select '" + b"a" * 2**21 + b"'", headers=ANN).status_code == 413
    for spelling in (f"/v1/deployments/{deployment}/sql", f"/v2/databases/{deployment}/sql"):
        assert client.post(spelling, content=b"select 1", headers=ANN).status_code == 200


def test_a_table_that_cannot_be_made_is_not_there(client: AppClient, deployment: str) -> None:
    """Half a table never stays: what is wrong with the last column keeps the first ones away, too."""
    for wrong in ("a string", "b int min 5 max 1", "c nothing"):
        assert "error" in asked(client, deployment, f"create table half (_id id, a int, {wrong})")
    assert asked(client, deployment, "show tables")["data"] == []


def test_warnings_and_plans(client: AppClient, deployment: str) -> None:
    """What has no effect is warned of; `plan=true` adds how a statement was answered, whatever it is."""
    made = asked(client, deployment, "create table planned (_id id, i int) keypartitions 12")
    assert made["warnings"] == ["KEYPARTITIONS has no effect"]
    path = f"/v2/databases/{deployment}/query/sql?plan=true"

    def planned(statement: str) -> Any:
        return json.loads(client.post(path, content=statement.encode(), headers=ANN).content)

    written = planned("insert into planned values (1, 2), (3, 4)")
    assert written["query-plan"] == {"steps": [{"step": "ChangeData", "table": "planned", "records": 2}]}
    read = planned("select _id, i from planned where i + 0 > 2")
    assert (read["data"], "warnings" in read) == ([[3, 4]], False)
    assert read["query-plan"]["answered by"] == "bitmaps, then DuckDB"
    assert planned("select 1")["data"] == [[1]]
    assert "query-plan" not in planned("select nothing")
    assert "query-plan" not in asked(client, deployment, "select _id from planned")
