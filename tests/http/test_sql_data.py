"""Data that BULK INSERT takes from beside the statement: parts of the request, and URLs of listed hosts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from roarbase.metastore.store import Metastore
from roarbase.model.settings import Settings
from roarbase.model.users import Organization
from roarbase.planes.app import new_app
from roarbase.planes.data.running import StatementRunner
from roarbase.planes.data.sql import sql_router
from roarbase.planes.faces import FACES
from roarbase.services.clock import utc_now
from tests.backup.test_web import serving
from tests.http.live import AppClient
from tests.support.house import Here, House, Verifier, caller

ANN = {"Authorization": "acme"}
SETTINGS = {"outbound_hosts": "127.0.0.1", "request_bytes": 1000}
BULK = "bulk insert into t map (0 id, 1 int)"


@pytest.fixture
def house(metastore: Metastore, tmp_path: Path) -> Iterator[House]:
    metastore.organizations.add(Organization(id="acme", name="acme", created_at=utc_now()))
    made = House(metastore, tmp_path, Settings(SETTINGS))
    made.delivery.loop = Here()  # type: ignore[assignment]
    yield made
    made.engines.close_all()


@pytest.fixture
def client(house: House) -> AppClient:
    made = new_app(Settings())
    made.state.verifier = Verifier()
    for face in FACES:
        made.include_router(sql_router(face, house.queries, StatementRunner(answer_bytes=0)))
    return AppClient(made)


@pytest.fixture
def path(house: House, client: AppClient) -> str:
    """Where statements are sent, on a deployment with an empty table."""
    here = house.deployments.create(caller("acme"), name="demo", shape="8GB").id
    house.reconciler.reconcile()
    path = f"/v2/databases/{here}/query/sql"
    client.post(path, content=b"create table t (_id id, i int)", headers=ANN)
    return path


def _data(client: AppClient, path: str) -> Any:
    answer = client.post(path, content=b"select _id, i from t order by _id", headers=ANN)
    return json.loads(answer.content)["data"]


def test_parts_of_a_request(client: AppClient, path: str) -> None:
    """A file sent beside the statement is read, and a statement alone is one too."""
    sql = f"{BULK} from '*' with format 'CSV' input 'STREAM'"
    answer = client.post(path, files={"sql": (None, sql), "data": ("x.csv", b"1,10\r\n2,20\r\n")}, headers=ANN)
    assert (answer.status_code, "error" in answer.json()) == (200, False)
    assert _data(client, path) == [[1, 10], [2, 20]]
    alone = client.post(path, files={"statement": (None, "select 1 as x")}, headers=ANN)
    assert alone.json()["data"] == [[1]]


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("multipart/form-data; boundary=b", b"select 1", "do not end with their boundary"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--", "has no name"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\nx\r\n--b--',
            "'sql'",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="sql"\r\n\r\n\xff\r\n--b--',
            "not UTF-8",
        ),
    ],
)
def test_parts_that_cannot_be_told_apart(client: AppClient, path: str, kind: str, body: bytes, said: str) -> None:
    """A body that is not made of parts as it says is refused."""
    answer = client.post(path, content=body, headers={**ANN, "Content-Type": kind})
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidBody")
    assert said in answer.json()["message"]


def test_a_url_of_a_listed_host(client: AppClient, path: str, tmp_path: Path) -> None:
    """What a listed host has is read; it follows redirects there, and nowhere else."""
    web = tmp_path / "web"
    web.mkdir()
    (web / "rows.csv").write_bytes(b"1,10\n2,20\n")
    (web / "large.csv").write_bytes(b"1,10\n" * 1000)
    with serving(web) as host:

        def ask(url: str) -> str:
            statement = f"{BULK} from '{url}' with format 'CSV' input 'URL'"
            answer = client.post(path, content=statement.encode(), headers=ANN)
            assert answer.status_code == 200
            return str(answer.json().get("error", ""))

        assert ask(f"http://{host}/rows.csv") == ""
        assert _data(client, path) == [[1, 10], [2, 20]]
        assert ask(f"http://{host}/there/rows.csv?token=secret") == ""
        assert "has no such data" in ask(f"http://{host}/none.csv")
        assert "outbound_hosts" in ask(f"http://{host}/elsewhere/rows.csv")
        assert "more than 1000 bytes (setting request_bytes)" in ask(f"http://{host}/large.csv")
    port = host.partition(":")[2]
    refused = {
        f"http://localhost:{port}/rows.csv": "the service may not contact localhost",
        "http://169.254.169.254/latest": "the service may not contact 169.254.169.254",
        "file:///etc/passwd": "the service may not contact",
        "http://[": "it is no URL",
        f"http://ann:pw@{host}/rows.csv": "without a user",
        f"http://{host}/rows.csv": "cannot be reached",
    }
    for url, said in refused.items():
        error = ask(url)
        assert error.startswith("[0:0] unable to read datasource '"), error
        assert said in error
    assert "secret" not in ask(f"http://{host}/x?token=secret")
