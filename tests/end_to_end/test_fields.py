"""Fields over HTTP with the client: made, fed, asked for, and there after a crash."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from roarbase import errors
from roarbase.client import Client
from tests.support.process import EMAIL, PASSWORD, ServiceProcess

OPTIONS: dict[str, dict[str, object]] = {
    "age": {"type": "int", "min": 0, "max": 150},
    "height": {"type": "decimal", "scale": 2, "max": Decimal("2.75")},
    "name": {"type": "string"},
    "seen": {
        "type": "timestamp",
        "timeUnit": "ms",
        "epoch": datetime(2020, 1, 1, tzinfo=UTC),
        "min": datetime(2020, 1, 1, 0, 0, 1, tzinfo=UTC),
    },
    "tags": {"type": "stringsetq", "timeQuantum": "YMD", "ttl": "720h"},
    "town": {"type": "int", "foreignIndex": "towns"},
    "is-member": {"type": "bool"},
}
SCHEMA = {
    "id_field": "id",
    "allow_missing_fields": True,
    "definition": [
        {"name": "id", "path": ["id"], "type": "id"},
        {"name": "age", "path": ["age"], "type": "int"},
        {"name": "height", "path": ["height"], "type": "decimal", "config": {"Scale": 2}},
        {"name": "name", "path": ["name"], "type": "string", "config": {"Mutex": True}},
        {"name": "is-member", "path": ["member"], "type": "bool"},
    ],
}


def test_fields_are_made_fed_and_kept(tmp_path: Path) -> None:
    """What was made is there after SIGKILL, with its options and its values; what was dropped is not."""
    with ServiceProcess(tmp_path / "data") as service:
        with Client(service.url, email=EMAIL, password=PASSWORD) as client:
            here = client.deployments.create("demo").id
            client.deployments.wait(here)
            assert client.tables.create(here, "towns", is_keyed=True).is_keyed is True
            client.tables.create(here, "people", is_keyed=False)
            made = [client.fields.create(here, "people", name, **each) for name, each in OPTIONS.items()]  # type: ignore[arg-type]
            client.fields.create(here, "people", "mistake", "idset")
            client.fields.delete(here, "people", "mistake")
            with pytest.raises(errors.IncorrectState, match=r"people\.town"):
                client.tables.delete(here, "towns")
            sink = client.sinks.create("feed", deployment_id=here, table="people", schema=SCHEMA).id
            client.sinks.wait(sink)
            records = [
                {"id": 1, "age": 40, "height": "1.80", "name": "Ann", "member": True},
                {"id": 2, "age": 151, "height": "1.80", "name": "Bea", "member": True},
                {"id": 3, "age": 0, "height": "2.75", "name": "Cid", "member": False},
            ]
            assert [verdict.is_success for verdict in client.ingest(sink, records).records] == [True, False, True]
            with pytest.raises(errors.IncorrectState, match="feed"):
                client.fields.delete(here, "people", "age")
        service.kill()
        service.start()
        with Client(service.url, email=EMAIL, password=PASSWORD) as client:
            assert client.fields.list(here, "people") == sorted(made, key=lambda field: field.name)
            assert client.tables.get(here, "people").fields == tuple(client.fields.list(here, "people"))
            assert client.fields.get(here, "people", "seen").options == {
                "type": "timestamp",
                "timeUnit": "ms",
                "epoch": "2020-01-01T00:00:00+00:00",
                "min": "2020-01-01T00:00:01Z",
            }
            assert client.query(here, "pql", "[people]Count(Row(age >= 0))").value == 2
            assert client.query(here, "sql", "select name from people where height = 2.75").rows == (("Cid",),)
            assert client.query(here, "pql", "[people]Count(Row(tags='x'))").value == 0
            client.sinks.delete(sink)
            client.sinks.wait_gone(sink)
            client.fields.delete(here, "people", "age")
            again = client.fields.create(here, "people", "age", "string")
            assert again.options == {"type": "mutex", "keys": True}
            assert client.query(here, "pql", "[people]Count(Row(age='40'))").value == 0
