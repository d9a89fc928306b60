"""Deployments, tables and sinks through the client: what is asked and what is understood."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from roarbase import errors
from roarbase.client import Client, IngestReport, RecordVerdict, RemoteDeployment, RemoteField, RemoteSink, RemoteTable
from tests.client.fake_service import FakeService

DEPLOYMENT = {
    "id": "d1",
    "name": "flowers",
    "deployment_status": "CREATING",
    "status": "CREATING",
    "deployment_options": {"shape": "8GB"},
    "owner": "me@example.com",
    "created_at": "2022-06-01T12:00:00Z",
}
TABLE = {"id": "t1", "name": "iris", "description": "petals", "owner": "me@example.com", "created_at": "2022-06-01"}
SINK = {
    "id": "s1",
    "name": "stream",
    "sink_status": "RUNNING",
    "sink_details": {"deployment_id": "d1", "table": "iris"},
    "schema": {"id_field": "id"},
}


@pytest.fixture
def service() -> FakeService:
    return FakeService()


@pytest.fixture
def client(service: FakeService) -> Iterator[Client]:
    with Client("http://service", token="t", transport=service.transport()) as client:
        yield client


def asked(service: FakeService) -> tuple[str, str, object]:
    request = service.requests[-1]
    return request.method, request.path, request.body


def test_create_a_deployment(service: FakeService, client: Client) -> None:
    """The name and shape are sent, the new deployment comes back."""
    service.answer(201, DEPLOYMENT)
    assert client.deployments.create("flowers", shape="64GB") == RemoteDeployment(
        id="d1",
        name="flowers",
        status="CREATING",
        shape="8GB",
        owner="me@example.com",
        created_at="2022-06-01T12:00:00Z",
    )
    body = {"name": "flowers", "deployment_options": {"shape": "64GB"}}
    assert asked(service) == ("POST", "/v1/deployments", body)


def test_list_get_and_delete_deployments(service: FakeService, client: Client) -> None:
    """Each is one request to its path."""
    service.answer(200, {"resources": [DEPLOYMENT, {**DEPLOYMENT, "id": "d2"}]})
    assert [d.id for d in client.deployments.list()] == ["d1", "d2"]
    assert asked(service) == ("GET", "/v1/deployments", None)
    service.answer(200, DEPLOYMENT)
    assert client.deployments.get("d1").name == "flowers"
    assert asked(service) == ("GET", "/v1/deployments/d1", None)
    service.answer(202)
    client.deployments.delete("d1")
    assert asked(service) == ("DELETE", "/v1/deployments/d1", None)


@pytest.mark.parametrize(
    ("is_keyed", "more"), [(None, {}), (True, {"options": {"keys": True}}), (False, {"options": {"keys": False}})]
)
def test_create_a_table(service: FakeService, client: Client, is_keyed: bool | None, more: dict[str, object]) -> None:
    """The kind of record id is sent only if it is chosen."""
    service.answer(201, TABLE)
    table = client.tables.create("d1", "iris", description="petals", is_keyed=is_keyed)
    assert table == RemoteTable(
        id="t1", name="iris", description="petals", owner="me@example.com", created_at="2022-06-01"
    )
    assert asked(service) == ("POST", "/v1/tables/d1", {"name": "iris", "description": "petals", **more})


def test_list_get_and_delete_tables(service: FakeService, client: Client) -> None:
    """A table is addressed by its deployment and its name."""
    service.answer(200, {"resources": []})
    assert client.tables.list("d1") == []
    assert asked(service) == ("GET", "/v1/tables/d1", None)
    service.answer(200, TABLE)
    assert client.tables.get("d1", "iris").id == "t1"
    assert asked(service) == ("GET", "/v1/tables/d1/iris", None)
    service.answer(202, TABLE)
    client.tables.delete("d1", "iris")
    assert asked(service) == ("DELETE", "/v1/tables/d1/iris", None)


FIELD = {"id": "f1", "name": "price", "type": "decimal", "options": {"type": "decimal", "scale": 2}}


def test_create_a_field(service: FakeService, client: Client) -> None:
    """Type and options are sent as the API spells them; decimals and times in their exact text."""
    service.answer(201, FIELD)
    made = client.fields.create("d1", "iris", "price", "decimal", scale=2, max=Decimal("9.50"))
    assert made == RemoteField(id="f1", name="price", type="decimal", options={"type": "decimal", "scale": 2})
    body = {"options": {"type": "decimal", "scale": 2, "max": "9.50"}}
    assert asked(service) == ("POST", "/v1/tables/d1/iris/fields/price", body)


def test_list_get_and_delete_fields(service: FakeService, client: Client) -> None:
    """A field is addressed by its deployment, its table and its name."""
    service.answer(200, {"resources": [FIELD]})
    assert [field.name for field in client.fields.list("d1", "iris")] == ["price"]
    assert asked(service) == ("GET", "/v1/tables/d1/iris/fields", None)
    service.answer(200, FIELD)
    assert client.fields.get("d1", "iris", "price").type == "decimal"
    assert asked(service) == ("GET", "/v1/tables/d1/iris/fields/price", None)
    service.answer(202, {})
    client.fields.delete("d1", "iris", "price")
    assert asked(service) == ("DELETE", "/v1/tables/d1/iris/fields/price", None)


def test_a_table_has_its_fields_and_its_kind_of_record(service: FakeService, client: Client) -> None:
    """What the service shows of fields and keys comes with the table."""
    service.answer(200, {**TABLE, "options": {"keys": True, "trackExistence": True}, "fields": [FIELD]})
    table = client.tables.get("d1", "iris")
    assert table.is_keyed is True
    assert [field.options["scale"] for field in table.fields] == [2]


def test_create_a_sink(service: FakeService, client: Client) -> None:
    """Target and record schema are sent as the API takes them."""
    service.answer(201, SINK)
    schema = {"id_field": "id", "definition": [{"name": "id", "path": ["id"], "type": "id"}]}
    sink = client.sinks.create("stream", deployment_id="d1", table="iris", schema=schema)
    assert sink == RemoteSink(
        id="s1", name="stream", status="RUNNING", deployment_id="d1", table="iris", schema={"id_field": "id"}
    )
    body = {"name": "stream", "sink_details": {"deployment_id": "d1", "table": "iris"}, "schema": schema}
    assert asked(service) == ("POST", "/v1/sinks", body)


def test_list_get_and_delete_sinks(service: FakeService, client: Client) -> None:
    """Sinks stand beside deployments, not below them."""
    service.answer(200, {"resources": [SINK]})
    assert [s.table for s in client.sinks.list()] == ["iris"]
    service.answer(200, SINK)
    assert client.sinks.get("s1").status == "RUNNING"
    assert asked(service) == ("GET", "/v1/sinks/s1", None)
    service.answer(202)
    client.sinks.delete("s1")
    assert asked(service) == ("DELETE", "/v1/sinks/s1", None)


def test_ingest_tells_each_record(service: FakeService, client: Client) -> None:
    """The report has a verdict per record, in order."""
    failed = {"status": "error", "error_code": "InvalidBody", "error_message": "no id"}
    service.answer(200, {"success_count": 1, "error_count": 1, "records": [{"status": "success"}, failed]})
    assert client.ingest("s1", iter([{"id": 1}, {}])) == IngestReport(
        success_count=1,
        error_count=1,
        records=(
            RecordVerdict(is_success=True),
            RecordVerdict(is_success=False, error_code="InvalidBody", error_message="no id"),
        ),
    )
    assert asked(service) == ("POST", "/v1/sinks/s1", {"records": [{"value": {"id": 1}}, {"value": {}}]})


def test_wait_until_running(service: FakeService, client: Client) -> None:
    """Waiting asks again until the deployment runs."""
    for status in ("CREATING", "CREATING", "RUNNING"):
        service.answer(200, {**DEPLOYMENT, "deployment_status": status})
    assert client.deployments.wait("d1").status == "RUNNING"
    assert len(service.requests) == 3


@pytest.mark.parametrize("status", ["FAILED", "DELETING"])
def test_wait_for_what_will_not_run(service: FakeService, client: Client, status: str) -> None:
    """Waiting ends at once when the sink cannot become ready any more."""
    service.answer(200, {**SINK, "sink_status": status})
    with pytest.raises(errors.IncorrectState, match=f"stream is {status}"):
        client.sinks.wait("s1")


def test_wait_has_an_end(service: FakeService, client: Client) -> None:
    """Waiting gives up after its time and names the state."""
    for _ in range(2):
        service.answer(200, DEPLOYMENT)
    with pytest.raises(errors.RequestTimeout, match="still CREATING after 0 s"):
        client.deployments.wait("d1", timeout_s=0)
    with pytest.raises(errors.RequestTimeout, match="still CREATING"):
        client.deployments.wait_gone("d1", timeout_s=0)


def test_wait_until_gone(service: FakeService, client: Client) -> None:
    """Waiting for the end takes 404 as the end, and nothing else."""
    service.answer(200, SINK)
    service.answer(404, {"code": "ResourceNotFound", "message": "no such sink"})
    client.sinks.wait_gone("s1")
    service.answer(403, {"code": "Forbidden", "message": "no"})
    with pytest.raises(errors.Forbidden):
        client.sinks.wait_gone("s1")


def test_writes_and_answers_have_sequence_numbers(service: FakeService, client: Client) -> None:
    """As the service gave them; 0 where it gave none. Two answers that differ in them only are equal."""
    numbered = {"Roarbase-Seq": "41"}
    table, answer = {"headers": [], "rows": []}, {"success_count": 0, "error_count": 0, "records": []}
    service.answer(201, TABLE, **numbered)
    assert client.tables.create("d1", "iris").sequence == 41
    service.answer(200, TABLE)
    assert client.tables.get("d1", "iris").sequence == 0
    service.answer(201, FIELD, **numbered)
    assert client.fields.create("d1", "iris", "price", "decimal").sequence == 41
    for delete in (lambda: client.fields.delete("d1", "iris", "price"), lambda: client.tables.delete("d1", "iris")):
        service.answer(202, {}, **numbered)
        assert delete() == 41
    service.answer(200, answer, **numbered)
    report = client.ingest("s1", [])
    assert (report.sequence, report) == (41, IngestReport(success_count=0, error_count=0, records=()))
    for results in (table, [table, table], []):
        service.answer(200, {"results": results}, **numbered)
        assert client.query("d1", "pql", "[iris]Count(All())").sequence == 41


def test_a_query_asks_for_a_sequence_number(service: FakeService, client: Client) -> None:
    """In a header, and only if one is given; a number that is not there is the service's refusal."""
    table: dict[str, object] = {"results": {"headers": [], "rows": []}}
    service.answer(200, table)
    client.query("d1", "sql", "show tables")
    service.answer(200, table)
    client.query("d1", "sql", "show tables", min_sequence=2**63)
    assert [request.min_sequence for request in service.requests] == [None, str(2**63)]
    service.answer(409, {"code": "IncorrectState", "message": "the log ends at 3"})
    with pytest.raises(errors.IncorrectState, match="ends at 3"):
        client.query("d1", "sql", "show tables", min_sequence=4)
