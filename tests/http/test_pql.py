"""The carrier of PQL alone: plain text in, native results out, in both spellings."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from roarbase.errors import RequestTimeout
from roarbase.metastore.store import Metastore
from roarbase.model.budget import Budget
from roarbase.model.results import CountResult
from roarbase.model.settings import Settings
from roarbase.model.users import Organization
from roarbase.planes.app import new_app
from roarbase.planes.data.pql import pql_router
from roarbase.planes.data.running import StatementRunner
from roarbase.planes.faces import FACES
from roarbase.services.clock import utc_now
from tests.http.live import AppClient, Client, live
from tests.support.house import Here, House, Verifier, caller

ANN = {"Authorization": "acme"}


@pytest.fixture
def house(metastore: Metastore, tmp_path: Path) -> Iterator[House]:
    metastore.organizations.add(Organization(id="acme", name="acme", created_at=utc_now()))
    made = House(metastore, tmp_path)
    made.delivery.loop = Here()  # type: ignore[assignment]
    yield made
    made.engines.close_all()


def app_of(house: House, *, answer_bytes: int = 0) -> FastAPI:
    made = new_app(Settings())
    made.state.verifier = Verifier()
    runner = StatementRunner(answer_bytes=answer_bytes)
    for face in FACES:
        made.include_router(pql_router(face, house.queries, runner))
    return made


@pytest.fixture
def deployment(house: House) -> str:
    """A running deployment with a table `birds` of a set field `rings`."""
    here = house.deployments.create(caller("acme"), name="demo", shape="8GB").id
    house.reconciler.reconcile()
    house.tables.create(caller("acme"), here, name="birds", description="", is_keyed=False)
    house.fields.create(caller("acme"), here, "birds", name="rings", options={"type": "set"})
    return here


@pytest.mark.parametrize("path", ["/v1/deployments", "/v2/databases"])
def test_text_in_and_native_results_out(house: House, deployment: str, path: str) -> None:
    """The body is the statement whatever its content type says; one result comes per call."""
    client = AppClient(app_of(house))

    def ask(text: str, content_type: str = "text/plain") -> Any:
        headers = {**ANN, "Content-Type": content_type}
        answer = client.request("POST", f"{path}/{deployment}/query/pql", headers=headers, content=text.encode())
        assert answer.status_code == 200, answer.text
        return answer.json()["results"]

    assert ask("[birds]Set(1, rings=4) Row(rings=4) Count(All())") == [True, {"columns": [1]}, 1]
    assert ask("[birds]", "application/json") == []
    assert ask("[birds]Store(All(), mine='☮') Rows(mine)") == [True, {"rows": None, "keys": ["☮"], "Field": "mine"}]
    assert [f.spec.name for f in house.fields.find(caller("acme"), deployment, "birds")] == ["mine", "rings"]


@pytest.mark.parametrize(
    ("text", "status", "code", "said"),
    [
        ("", 400, "BadRequest", "not a valid PQL query"),
        ("[birds]Row(rings=4", 400, "BadRequest", "found the end of the statement, expected ',' or ')'"),
        ("[fish]All()", 400, "BadRequest", "index not found: there is no table 'fish'"),
        ("[birds]Rows(rings, previous=x)", 400, "BadRequest", "cannot find keys on unkeyed field: found 'x'"),
        ("[birds]" + "Not(" * 200 + "All()" + ")" * 200, 400, "BadRequest", "nest deeper than 100 levels"),
        ("[birds]" + "Not(" * 250_000, 400, "BadRequest", "nest deeper than 100 levels"),
        ("[birds]Row(rings=" + "1" * 1_000_000 + ")", 400, "BadRequest", "64-bit"),
        ("[birds]Row(rings=4)" + " " * 2**20, 413, "PayloadTooLarge", "statement_bytes"),
    ],
    ids=["empty", "open", "table", "row", "deep", "megabyte of depth", "megabyte of digits", "too long"],
)
def test_what_is_wrong_is_said(house: House, deployment: str, text: str, status: int, code: str, said: str) -> None:
    """A wrong statement is answered with a code and a sentence, and with its place where it has one."""
    client = AppClient(app_of(house))
    answer = client.request("POST", f"/v2/databases/{deployment}/query/pql", headers=ANN, content=text.encode())
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert said in answer.json()["message"]
    assert ("line" in answer.json()) is (status == 400)


def test_bytes_that_are_no_text(house: House, deployment: str) -> None:
    """A body that is not UTF-8 is refused, and the byte named."""
    client = AppClient(app_of(house))
    answer = client.request("POST", f"/v2/databases/{deployment}/query/pql", headers=ANN, content=b"[birds]\xff")
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidBody")
    assert "byte 7" in answer.json()["message"]


def test_who_and_where(house: House, deployment: str) -> None:
    """Without a token 401; another organization finds nothing."""
    client = AppClient(app_of(house))
    path = f"/v2/databases/{deployment}/query/pql"
    assert client.request("POST", path, content=b"[birds]All()").status_code == 401
    assert (
        client.request("POST", path, headers={"Authorization": "umbrella"}, content=b"[birds]All()").status_code == 404
    )


def test_an_answer_that_is_too_large(house: House, deployment: str) -> None:
    """The setting answer_bytes holds for native answers too."""
    client = AppClient(app_of(house, answer_bytes=40))
    path = f"/v2/databases/{deployment}/query/pql"
    assert client.request("POST", path, headers=ANN, content=b"[birds]Count(All())").status_code == 200
    answer = client.request("POST", path, headers=ANN, content=b"[birds]" + b"Count(All())" * 30)
    assert answer.status_code == 413
    assert "answer_bytes" in answer.json()["message"]


def test_a_statement_ends_when_its_client_has_gone(
    house: House, deployment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody waits for any more stops at the next look at its budget."""
    began, ended = threading.Event(), threading.Event()

    def run(_table: str, _plan: object, budget: Budget) -> CountResult:
        began.set()
        try:
            while True:
                budget.check()
                time.sleep(0.01)
        except RequestTimeout:
            ended.set()
            raise

    monkeypatch.setattr(house.engines.get(deployment), "run", run)
    text = b"[birds]Count(All())"
    head = f"POST /v2/databases/{deployment}/query/pql HTTP/1.1\r\nHost: x\r\nAuthorization: acme\r\n"
    with live(app_of(house), Settings()) as port:
        with Client(port) as client:
            client.send(head.encode() + b"Content-Length: %d\r\n\r\n" % len(text) + text)
            assert began.wait(5)
            assert not ended.wait(0.6)
        assert ended.wait(1)
