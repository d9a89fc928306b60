"""The control plane over real services: both spellings, and shares of the worker threads."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from roarbase.errors import MissingAuthenticationToken
from roarbase.metastore.store import Metastore
from roarbase.model.settings import Settings
from roarbase.model.users import Organization, Principal
from roarbase.planes.app import new_app
from roarbase.planes.control.deployments import deployments_router
from roarbase.planes.control.sinks import sinks_router
from roarbase.planes.control.tables import tables_router
from roarbase.planes.data.query import query_router
from roarbase.planes.faces import FACES, Face
from roarbase.services.clock import utc_now
from tests.http.live import AppClient
from tests.support.house import House, caller

SCHEMA = {
    "id_field": "id",
    "allow_missing_fields": False,
    "definition": [{"name": "id", "path": ["id"], "type": "id"}, {"name": "age", "path": ["age"], "type": "int"}],
}


class Verifier:
    """Takes the organization's name for a token."""

    async def verify(self, header: str | None) -> Principal:
        if header is None:
            raise MissingAuthenticationToken("no token")
        return caller(header)


@pytest.fixture
def house(metastore: Metastore, tmp_path: Path) -> Iterator[House]:
    for name in ("acme", "umbrella"):
        metastore.organizations.add(Organization(id=name, name=name, created_at=utc_now()))
    made = House(metastore, tmp_path)
    yield made
    made.engines.close_all()


@pytest.fixture
def app(house: House) -> FastAPI:
    made = new_app(Settings())
    made.state.verifier = Verifier()
    for face in FACES:
        made.include_router(deployments_router(face, house.deployments))
        made.include_router(tables_router(face, house.tables))
        made.include_router(sinks_router(face, house.sinks, data_origin="https://data.example.com"))
        made.include_router(query_router(face, house.queries, answer_bytes=0))
    return made


@pytest.mark.parametrize("face", FACES, ids=lambda face: face.version)
def test_both_spellings_make_show_and_delete(app: FastAPI, house: House, face: Face) -> None:
    """Deployments or databases: every answer has its members, spelled as its version spells them."""
    client, noun = AppClient(app), face.noun

    def ask(method: str, path: str, status: int, body: Any = None) -> Any:
        path = f"/{face.version}{path}"
        answer = client.request(method, path, headers={"Authorization": "acme"}, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    assert ask("GET", f"/service-properties/{noun}:shapes", 200)["name"] == f"{noun}:shapes"
    made = ask("POST", f"/{noun}s", 201, {"name": "demo", f"{noun}_options": {"shape": "8GB"}})
    assert list(made)[:2] == ["id", "name"]
    assert (made[f"{noun}_status"], made["status"]) == ("CREATING", "CREATING")
    assert made[f"{noun}_options"] == {"shape": "8GB"}
    assert "reason" not in made
    house.reconciler.reconcile()
    here = made["id"]
    assert ask("GET", f"/{noun}s/{here}", 200)[f"{noun}_status"] == "RUNNING"
    assert [d["id"] for d in ask("GET", f"/{noun}s", 200)["resources"]] == [here]
    assert ask("PUT", f"/{noun}s/{here}", 200, {"name": "other"})["name"] == "other"

    table = ask("POST", f"/tables/{here}", 201, {"name": "people"})
    assert (table["name"], table[f"{noun}_id"]) == ("people", here)
    target = {f"{noun}_id": here, "table": "people"}
    sink = ask("POST", "/sinks", 201, {"name": "feed", "sink_details": target, "schema": SCHEMA})
    assert sink["sink_details"] == target
    assert sink["endpoint"] == f"https://data.example.com/{face.version}/sinks/{sink['id']}"
    house.reconciler.reconcile()
    assert ask("GET", f"/sinks/{sink['id']}", 200)["sink_status"] == face.running_sink
    assert [s["status"] for s in ask("GET", "/sinks", 200)["resources"]] == [face.running_sink]
    assert [f["name"] for f in ask("GET", f"/tables/{here}/people", 200)["fields"]] == ["age"]

    assert ask("DELETE", f"/sinks/{sink['id']}", 202) == {}
    house.reconciler.reconcile()
    ask("DELETE", f"/tables/{here}/people", 202)
    ask("DELETE", f"/{noun}s/{here}", 202)
    house.reconciler.reconcile()
    assert set(ask("GET", f"/{noun}s/{here}", 404)) == {"code", "message"}


def _listing() -> tuple[str, str, Any]:
    return "GET", "/v1/deployments", None


def _query() -> tuple[str, str, Any]:
    return "POST", "/v1/deployments/d/query", {"language": "sql", "statement": "show tables"}


@pytest.mark.parametrize("asked", [_listing, _query], ids=["control", "query"])
def test_an_organization_cannot_take_every_thread(
    app: FastAPI, house: House, monkeypatch: pytest.MonkeyPatch, asked: Callable[[], tuple[str, str, Any]]
) -> None:
    """With sixty requests of one organization waiting for something slow, another's is answered."""
    go_on = threading.Event()
    method, path, body = asked()

    def slow(who: Principal, *_: object, **__: object) -> list[Any]:
        if who.organization_id == "acme":
            assert go_on.wait(20)
        return []

    monkeypatch.setattr(house.deployments, "find", slow)
    monkeypatch.setattr(house.queries, "run", slow)

    async def run() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:

            async def ask(who: str) -> int:
                return (await client.request(method, path, headers={"Authorization": who}, json=body)).status_code

            waiting = [asyncio.create_task(ask("acme")) for _ in range(60)]
            await asyncio.sleep(0.1)
            try:
                async with asyncio.timeout(5):
                    assert await ask("umbrella") == 200
            finally:
                go_on.set()
            assert set(await asyncio.gather(*waiting)) == {200}

    asyncio.run(run())
