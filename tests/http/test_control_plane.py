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
from roarbase.model.field_options import OPTION
from roarbase.model.field_types import TYPE_NAMES
from roarbase.model.settings import Settings
from roarbase.model.users import Organization, Principal
from roarbase.planes.app import new_app
from roarbase.planes.control.deployments import deployments_router
from roarbase.planes.control.fields import fields_router
from roarbase.planes.control.sinks import sinks_router
from roarbase.planes.control.tables import tables_router
from roarbase.planes.data.query import query_router
from roarbase.planes.data.running import StatementRunner
from roarbase.planes.faces import FACES, Face
from roarbase.services.clock import utc_now
from roarbase.services.fields import Fields
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
    runner = StatementRunner(answer_bytes=0)
    for face in FACES:
        made.include_router(deployments_router(face, house.deployments))
        made.include_router(tables_router(face, house.tables))
        made.include_router(fields_router(face, house.fields))
        made.include_router(sinks_router(face, house.sinks, data_origin="https://data.example.com"))
        made.include_router(query_router(face, house.queries, runner))
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
    assert ask("PUT", f"/{noun}s/{here}", 200, {f"{noun}_options": {"shape": "8GB"}})["name"] == "other"
    assert "there is no shape" in ask("PUT", f"/{noun}s/{here}", 400, {f"{noun}_options": {"shape": "64GB"}})["message"]

    table = ask("POST", f"/tables/{here}", 201, {"name": "people"})
    assert (table["name"], table[f"{noun}_id"], table["status"]) == ("people", here, "RUNNING")
    assert ask("POST", f"/tables/{here}", 201, {"name": "more", "description": None})["description"] == ""
    ask("DELETE", f"/tables/{here}/more", 202)
    target = {f"{noun}_id": here, "table": "people"}
    wanted = {"name": "feed", "sink_details": target, "schema": SCHEMA}
    assert ask("POST", "/sinks?dry_run=true", 200, wanted) == {"dry_run": True, "name": "feed", "schema": SCHEMA}
    wrong = {**wanted, "schema": {**SCHEMA, "id_field": "nobody"}}
    assert ask("POST", "/sinks?dry_run=true", 400, wrong) == ask("POST", "/sinks", 400, wrong)
    assert ask("GET", "/sinks", 200) == {"resources": []}
    sink = ask("POST", "/sinks", 201, wanted)
    assert ask("POST", "/sinks?dry_run=true", 409, wanted)["code"] == "ResourceAlreadyExists"
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


def test_version_2_makes_fields_first_and_sinks_without_types(app: FastAPI, house: House) -> None:
    """A database, a table, its columns, and a sink that only says where their values stand."""
    client = AppClient(app)

    def ask(method: str, path: str, status: int, body: Any = None) -> Any:
        answer = client.request(method, f"/v2{path}", headers={"Authorization": "acme"}, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    here = ask("POST", "/databases", 201, {"name": "demo", "database_options": {"shape": "8GB-Development"}})["id"]
    house.reconciler.reconcile()
    ask("POST", f"/tables/{here}", 201, {"name": "people", "options": {"keys": True, "trackExistence": True}})
    fields = Fields(house.metastore, house.engines, house.deployments, maximum_per_table=0)
    for name, options in (("age", {"type": "int"}), ("likes", {"type": "set", "keys": True})):
        fields.create(caller("acme"), here, "people", name=name, options=options)
    names = ("_id", "age", "likes")
    mapping = [{"name": name, "path": [name]} for name in names]
    body = {
        "name": "feed",
        "sink_details": {"database_id": here, "table": "people"},
        "schema": {"type": "json", "primary_key_fields": ["_id"], "definition": mapping},
    }
    sink = ask("POST", "/sinks", 201, body)
    house.reconciler.reconcile()
    assert ask("GET", f"/sinks/{sink['id']}", 200)["status"] == "ACTIVE"
    types = [definition["type"] for definition in sink["schema"]["definition"]]
    assert types == ["string", "int", "strings"]
    assert list(house.tables.get(caller("acme"), here, "people").spec.fields) == ["age", "likes"]


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


@pytest.fixture
def ask(app: FastAPI) -> Callable[..., Any]:
    """Asks as acme, expects a status and gives the answer."""
    client = AppClient(app)

    def ask(method: str, path: str, status: int, body: Any = None, *, who: str = "acme", raw: bytes = b"") -> Any:
        sent = {"content": raw} if raw else {"json": body}
        answer = client.request(method, path, headers={"Authorization": who}, **sent)
        assert answer.status_code == status, answer.text
        return answer.json()

    return ask


def people(ask: Callable[..., Any], house: House, **more: Any) -> str:
    """The id of a running deployment with a table `people`."""
    made = ask("POST", "/v1/deployments", 201, {"name": "demo", "deployment_options": {"shape": "8GB"}})
    house.reconciler.reconcile()
    ask("POST", f"/v1/tables/{made['id']}", 201, {"name": "people", **more})
    return str(made["id"])


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_fields_are_made_shown_and_dropped(ask: Callable[..., Any], house: House, version: str) -> None:
    """In both versions; a field is shown alone, in its list and with its table, each time the same."""
    here = people(ask, house)
    path = f"/{version}/tables/{here}/people/fields"
    made = ask("POST", f"{path}/seen", 201, {"options": {"type": "timestamp", "timeUnit": "ms"}})
    assert list(made) == ["id", "name", "type", "options"]
    assert (made["name"], made["type"]) == ("seen", "timestamp")
    assert made["options"] == {"type": "timestamp", "timeUnit": "ms"}
    kept = ask("POST", f"{path}/kind/", 201, {"options": {"type": "string"}})
    assert kept["options"] == {"type": "mutex", "keys": True}
    assert ask("GET", f"{path}/seen", 200) == made
    assert ask("GET", path, 200) == {"resources": [kept, made]}
    assert ask("GET", f"/{version}/tables/{here}/people", 200)["fields"] == [kept, made]
    assert ask("DELETE", f"{path}/seen", 202) == {}
    assert ask("GET", f"{path}/seen", 404)["code"] == "ResourceNotFound"
    assert ask("DELETE", f"{path}/seen", 404)["code"] == "ResourceNotFound"
    assert ask("GET", path, 200) == {"resources": [kept]}
    assert ask("POST", f"{path}/kind", 409, {"options": kept["options"]})["code"] == "ResourceAlreadyExists"
    assert ask("PUT", f"{path}/kind", 405, {})["code"] == "MethodNotAllowed"


def test_the_options_of_published_clients(ask: Callable[..., Any], house: House) -> None:
    """What the console of the later service sent for each of its types makes the field it meant."""
    here = people(ask, house)
    sent = {
        "int": {"type": "int", "min": -(2**53 - 1), "max": 2**53 - 1},
        "timestamp": {"type": "timestamp", "timeUnit": "s"},
        "decimal": {"type": "decimal", "scale": 2},
        "string": {"type": "mutex", "keys": True},
        "stringset": {"type": "set", "keys": True},
        "id": {"type": "mutex"},
        "idset": {"type": "set"},
        "idsetq": {"type": "time", "timeQuantum": "YMD", "ttl": "720h"},
        "stringsetq": {"type": "time", "keys": True, "timeQuantum": "YMDH", "ttl": "0s"},
        "bool": {"type": "bool"},
    }
    for name, options in sent.items():
        shown = ask("POST", f"/v2/tables/{here}/people/fields/{name}", 201, {"options": options})["options"]
        assert {key: shown[key] for key in options} == options


def test_bounds_are_exact_numbers(ask: Callable[..., Any], house: House) -> None:
    """Nineteen digits go in and come out as they were written, not as a float would have them."""
    here = people(ask, house)
    path = f"/v2/tables/{here}/people/fields"
    raw = b'{"options": {"type": "decimal", "scale": 2, "min": -92233720368547758.08, "max": 0.10}}'
    ask("POST", f"{path}/price", 201, raw=raw)
    price = house.fields.get(caller("acme"), here, "people", "price").spec
    assert (price.minimum, price.maximum) == (-(2**63), 10)
    assert ask("GET", f"{path}/price", 200)["options"]["max"] == 0.1


BAD_BODIES: list[tuple[bytes, str, str]] = [
    (b"", "InvalidBody", "empty"),
    (b"{", "InvalidBody", "not well-formed"),
    (b"[]", "InvalidBody", "not what is read here"),
    (b"{}", "MissingParameter", "$.options"),
    (b'{"type": "int"}', "MissingParameter", "$.options"),
    (b'{"options": null}', "InvalidParameter", "$.options is null"),
    (b'{"options": []}', "InvalidParameter", "$.options is an array"),
    (b'{"options": {}}', "MissingParameter", "$.options.type is missing"),
    (b'{"options": {"type": "int", "min": 1e5, "max": "x", "scale": 1, "no": 0}}', "InvalidParameter", "$.options.no"),
    (b'{"options": {"type": "int", "min": ' + b"9" * 5000 + b"}}", "InvalidParameter", "out of range"),
    (b'{"options": {"type": "decimal", "min": 1e' + b"9" * 500 + b"}}", "InvalidParameter", "$.options.min"),
    (b'{"options": {"type": "\\ud800"}}', "InvalidBody", ""),
    (b'{"options": {"type": "int", "foreignIndex": "\\u0000"}}', "RelatedResourceNotFound", "not there"),
    (b'{"options": {"type": "int", "foreignIndex": "towns"}}', "RelatedResourceNotFound", "'towns'"),
    (b'{"options": ' + b"[" * 5000 + b"]" * 5000 + b"}", "InvalidBody", "deep"),
]


@pytest.mark.parametrize(("body", "code", "sentence"), BAD_BODIES)
def test_a_bad_field_is_refused(ask: Callable[..., Any], house: House, body: bytes, code: str, sentence: str) -> None:
    """400 with a code and a place, never a 500, and no field is made."""
    here = people(ask, house)
    path = f"/v1/tables/{here}/people/fields"
    refused = ask("POST", f"{path}/x", 400, raw=body) if body else ask("POST", f"{path}/x", 400)
    assert refused["code"] == code, refused
    assert sentence in refused["message"]
    assert ask("GET", path, 200) == {"resources": []}


def test_paths_without_a_field(ask: Callable[..., Any], house: House) -> None:
    """Whatever part of the path is not there, or not one's own, it is 404; `_id` and bad names are 400."""
    here = people(ask, house)
    body = {"options": {"type": "int"}}
    for method, status in (("POST", 404), ("GET", 404), ("DELETE", 404)):
        sent = body if method == "POST" else None
        ask(method, f"/v1/tables/{here}/nobody/fields/age", status, sent)
        ask(method, "/v1/tables/nowhere/people/fields/age", status, sent)
        ask(method, f"/v1/tables/{here}/people/fields/age", status, sent, who="umbrella")
    for name in ("_id", "Age", "%C3%A9", "a%20b", "%00", "a" * 231):
        assert ask("POST", f"/v1/tables/{here}/people/fields/{name}", 400, body)["code"] == "InvalidParameter"
    assert ask("DELETE", f"/v1/tables/{here}/people/fields/_id", 400)["code"] == "InvalidParameter"
    ask("GET", f"/v1/tables/{here}/people/fields/%00%FF", 404)


@pytest.mark.parametrize("keys", [True, False, None])
def test_keys_are_decided_when_a_table_is_made(ask: Callable[..., Any], house: House, keys: bool | None) -> None:
    """`options.keys` is shown as it was asked for; a sink of the other kind is refused, of the same it is made."""
    options = {} if keys is None else {"options": {"keys": keys, "trackExistence": True}}
    here = people(ask, house, **options)
    shown = ask("GET", f"/v2/tables/{here}/people", 200)
    assert shown["options"] == {"keys": keys, "trackExistence": True}
    target = {"deployment_id": here, "table": "people"}
    status = 409 if keys else 201
    ask("POST", "/v1/sinks", status, {"name": "ids", "sink_details": target, "schema": SCHEMA})
    house.reconciler.reconcile()
    by_key = {"primary_key_fields": ["name"], "definition": [{"name": "name", "path": ["name"], "type": "string"}]}
    ask("POST", "/v1/sinks", 201 if keys else 409, {"name": "keys", "sink_details": target, "schema": by_key})
    assert ask("GET", f"/v1/tables/{here}/people", 200)["options"]["keys"] is bool(keys)


@pytest.mark.parametrize(
    ("options", "place"),
    [({"key": True}, "$.options.key"), ({"keys": "yes"}, "$.options.keys"), ({"trackExistence": 1}, "trackExistence")],
)
def test_a_table_option_that_is_wrong_is_refused(
    ask: Callable[..., Any], house: House, options: object, place: str
) -> None:
    """A misspelled option would otherwise leave the kind of record open."""
    here = people(ask, house)
    refused = ask("POST", f"/v1/tables/{here}", 400, {"name": "towns", "options": options})
    assert refused["code"] == "InvalidParameter"
    assert place in refused["message"]


def test_the_document_has_every_option(app: FastAPI) -> None:
    """The body of a field is described from the table of options."""
    whole = AppClient(app).request("GET", "/openapi.json").json()
    operation = whole["paths"]["/v2/tables/{deployment_id}/{table}/fields/{field}"]["post"]
    reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    options = whole["components"]["schemas"][reference.rpartition("/")[2]]["properties"]["options"]["$ref"]
    described = whole["components"]["schemas"][options.rpartition("/")[2]]
    assert list(described["properties"]) == list(OPTION)
    assert described["required"] == ["type"]
    assert set(described["properties"]["type"]["enum"]) == set(TYPE_NAMES)
    assert {"400", "404", "409"} <= set(operation["responses"])
