"""Answers of the later SQL as CSV and Arrow, and large ones, which are sent before they are whole."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

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
ARROW = "application/vnd.apache.arrow.stream"
TABLE = (
    "create table t (_id id, d decimal(2), s string, b bool, at timestamp timeunit 'ms', tags stringset, nums idset)"
)
ROWS = (
    "insert into t values (1, 1.5, 'a, \"b\"', true, '2022-06-30T12:00:00.25Z', ['x', 'y'], [1, 2]), "
    "(2, null, '', null, null, null, null)"
)


@pytest.fixture
def house(metastore: Metastore, tmp_path: Path) -> Iterator[House]:
    metastore.organizations.add(Organization(id="acme", name="acme", created_at=utc_now()))
    made = House(metastore, tmp_path)
    made.delivery.loop = Here()  # type: ignore[assignment]
    yield made
    made.engines.close_all()


def _client(house: House, answer_bytes: int = 0) -> AppClient:
    made = new_app(Settings())
    made.state.verifier = Verifier()
    for face in FACES:
        made.include_router(sql_router(face, house.queries, StatementRunner(answer_bytes=answer_bytes)))
    return AppClient(made)


@pytest.fixture
def path(house: House) -> str:
    here = house.deployments.create(caller("acme"), name="demo", shape="8GB").id
    house.reconciler.reconcile()
    path = f"/v2/databases/{here}/query/sql"
    for statement in (TABLE, ROWS):
        assert "error" not in _client(house).post(path, content=statement.encode(), headers=ANN).json()
    return path


def test_csv(house: House, path: str) -> None:
    """Names, then rows: null is empty, an empty string is quoted, sets are JSON."""
    answer = _client(house).post(
        path, content=b"select *, 'x' from t order by _id", headers={**ANN, "Accept": "text/csv, */*"}
    )
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.split("\r\n") == [
        '_id,d,s,b,at,tags,nums,""',
        '1,1.50,"a, ""b""",true,2022-06-30T12:00:00.25Z,"[""x"",""y""]","[1,2]",x',
        '2,,"",,,,,x',
        "",
    ]


@pytest.mark.parametrize(
    ("accept", "form"),
    [("text/csv;q=0", "application/json"), (f"{ARROW};q=0.5, text/csv", "text/csv"), (f"{ARROW}, text/csv", ARROW)],
)
def test_weights(house: House, path: str, accept: str, form: str) -> None:
    """The form that weighs most is answered."""
    answer = _client(house).post(path, content=b"select _id from t", headers={**ANN, "Accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == form


def test_moments_in_whole_seconds(house: House, path: str) -> None:
    """They are written alike in JSON and CSV, from the first year to the last; null is nothing."""
    client = _client(house)
    moments = ["2022-06-30T12:00:00Z", None, "0001-01-01T00:00:01Z", "9999-12-31T23:59:59Z", "1969-12-31T23:59:59Z"]
    rows = ", ".join(f"({n}, {'null' if at is None else repr(at)})" for n, at in enumerate(moments))
    for statement in ("create table m (_id id, at timestamp timeunit 's')", f"insert into m values {rows}"):
        assert "error" not in client.post(path, content=statement.encode(), headers=ANN).json()
    asked = b"select at from m order by _id"
    assert client.post(path, content=asked, headers=ANN).json()["data"] == [[moment] for moment in moments]
    answer = client.post(path, content=asked, headers={**ANN, "Accept": "text/csv"})
    assert answer.text.split("\r\n") == ["at", *(moment or "" for moment in moments), ""]


def test_arrow(house: House, path: str) -> None:
    """Columns with types of their own, which Arrow reads as a stream."""
    answer = _client(house).post(path, content=b"select * from t order by _id", headers={**ANN, "Accept": ARROW})
    assert answer.headers["content-type"] == ARROW
    table = pa.ipc.open_stream(answer.content).read_all()
    assert table.column("d").to_pylist() == [Decimal("1.50"), None]
    assert table.column("tags").to_pylist() == [["x", "y"], None]
    assert str(table.schema.field("at").type) == "timestamp[ms, tz=UTC]"
    nothing = _client(house).post(path, content=b"drop table if exists u", headers={**ANN, "Accept": ARROW})
    assert pa.ipc.open_stream(nothing.content).read_all().num_columns == 0


@pytest.mark.parametrize("accept", ["text/csv", ARROW])
def test_errors_have_a_status_there(house: House, path: str, accept: str) -> None:
    """What is wrong with the statement cannot stand in such an answer."""
    answer = _client(house).post(path, content=b"select nothing", headers={**ANN, "Accept": accept})
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest")
    assert answer.json()["message"] == "[1:8] column 'nothing' not found"


@pytest.mark.parametrize("accept", ["", "*/*", "application/json, text/csv", "text/html"])
def test_json_is_the_usual_form(house: House, path: str, accept: str) -> None:
    """Whoever asks for nothing that there is gets JSON."""
    answer = _client(house).post(path, content=b"select 1 as x", headers={**ANN, "Accept": accept})
    assert answer.json()["data"] == [[1]]


def test_large_answers_are_streamed(house: House, path: str) -> None:
    """An answer of many megabytes comes in full, without its length in front; a bounded one is refused instead."""
    text = "x" * 2000
    wide = f"select a._id, '{text}' as s from t a, t b, t c, t d, t e, t f, t g, t h, t i, t j, t k, t l".encode()
    for accept in ("application/json", "text/csv", ARROW):
        answer = _client(house).post(path, content=wide, headers={**ANN, "Accept": accept})
        assert "content-length" not in answer.headers
        assert len(answer.content) > 4096 * 2000
        if accept == "application/json":
            assert len(json.loads(answer.content)["data"]) == 4096
        elif accept == ARROW:
            assert pa.ipc.open_stream(answer.content).read_all().num_rows == 4096
    refused = _client(house, answer_bytes=2**20).post(path, content=wide, headers=ANN)
    assert refused.status_code == 413
