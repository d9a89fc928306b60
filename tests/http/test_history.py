"""The history of queries over HTTP, in both faces."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from roarbase.metastore.store import Metastore
from roarbase.model.settings import Settings
from roarbase.model.users import Organization
from roarbase.planes.app import new_app
from roarbase.planes.data.history import history_router
from roarbase.planes.data.pql import pql_router
from roarbase.planes.data.query import query_router
from roarbase.planes.data.running import StatementRunner
from roarbase.planes.data.sql import sql_router
from roarbase.planes.faces import FACES
from roarbase.services.clock import utc_now
from tests.http.live import AppClient
from tests.metastore.nouns import a_user
from tests.support.house import House, Verifier, caller

ANN = {"Authorization": "acme"}


@pytest.fixture
def house(metastore: Metastore, tmp_path: Path) -> Iterator[House]:
    metastore.organizations.add(Organization(id="acme", name="acme", created_at=utc_now()))
    metastore.users.add(a_user("acme", id=caller("acme").user_id))
    made = House(metastore, tmp_path, Settings({"query_history": 4}))
    yield made
    made.engines.close_all()


@pytest.fixture
def client(house: House) -> AppClient:
    made, runner = new_app(Settings()), StatementRunner(answer_bytes=0)
    made.state.verifier = Verifier()
    for face in FACES:
        for router in (query_router, pql_router, sql_router):
            made.include_router(router(face, house.queries, runner))
        made.include_router(history_router(face, house.history))
    return AppClient(made)


def test_all_carriers_are_remembered(client: AppClient, house: House) -> None:
    """What each was asked stands there, unless its request said that it should not."""
    here = house.deployments.create(caller("acme"), name="demo", shape="8GB").id
    house.reconciler.reconcile()
    body = {"language": "sql", "statement": "show tables"}
    for _ in range(2):  # five are asked in all, and four remembered
        assert client.post(f"/v1/deployments/{here}/query", json=body, headers=ANN).status_code == 200
    assert client.post(f"/v2/databases/{here}/query/pql", content=b"[t]Count(", headers=ANN).status_code == 400
    assert client.post(f"/v2/databases/{here}/sql", content=b"select 1", headers=ANN).status_code == 200
    silent = {**ANN, "Roarbase-History": "off"}
    assert client.post(f"/v2/databases/{here}/sql", content=b"select 2", headers=silent).status_code == 200
    assert client.post("/v2/databases/no/sql", content=b"select nothing", headers=ANN).status_code == 404
    refused = client.post(f"/v2/databases/{here}/sql", content=b"x", headers={**ANN, "Roarbase-History": "maybe"})
    assert (refused.status_code, refused.json()["code"]) == (400, "InvalidParameter")
    found = client.get("/v2/queries", headers=ANN).json()["resources"]
    assert [(one["language"], one["statement"], one["status"], one["rows"]) for one in found] == [
        ("later_sql", "select nothing", "FAILED", 0),
        ("later_sql", "select 1", "COMPLETED", 1),
        ("pql", "[t]Count(", "FAILED", 0),
        ("sql", "show tables", "COMPLETED", 0),
    ]
    assert found[1]["database_id"] == here
    assert "error" in found[2]
    assert "error" not in found[1]
    assert found[0]["duration_us"] >= 0
    v1 = client.get("/v1/queries?search=SHOW&status=COMPLETED", headers=ANN).json()
    assert [one["deployment_id"] for one in v1["resources"]] == [here]
    first = client.get("/v2/queries?limit=2", headers=ANN).json()
    rest = client.get(f"/v2/queries?before={first['next']}", headers=ANN).json()
    assert [one["id"] for one in first["resources"] + rest["resources"]] == [one["id"] for one in found]
    assert "next" not in rest
    assert client.get("/v2/queries?limit=x", headers=ANN).status_code == 400
    assert client.get("/v2/queries", headers={}).status_code == 401
    assert client.request("DELETE", "/v2/queries", headers=ANN).status_code == 204
    assert client.get("/v2/queries", headers=ANN).json() == {"resources": []}
