"""The iris flowers: 150 measured plants of three species, the first thing a newcomer streams.

The measurements are R. A. Fisher's of 1936; `iris.csv` beside this file holds them in centimetres.
"""

import csv
from importlib.resources import files

from roarbase.client import Client, RemoteDeployment, RemoteSink

__all__ = ["EXAMPLE", "IRIS_SCHEMA", "SHAPE", "SINK", "TABLE", "iris_records", "keep_example"]

EXAMPLE = "iris-example"
SHAPE = "8GB"
SINK = "iris-stream"
TABLE = "iris"

_MEASUREMENTS = ("sepalLength", "sepalWidth", "petalLength", "petalWidth")

IRIS_SCHEMA: dict[str, object] = {
    "id_field": "id",
    "allow_missing_fields": False,
    "definition": [
        {"name": "id", "path": ["id"], "type": "id"},
        *({"name": m.lower(), "path": [m], "type": "decimal", "config": {"Scale": 2}} for m in _MEASUREMENTS),
        {"name": "species", "path": ["species"], "type": "string", "config": {"Mutex": True}},
    ],
}


def iris_records() -> list[dict[str, object]]:
    """The 150 records; measurements stay text, so that they arrive exactly.

    >>> len(iris_records()), iris_records()[0]["sepalLength"]
    (150, '5.1')
    """
    lines = files("roarbase.cli").joinpath("iris.csv").read_text(encoding="utf-8").splitlines()
    return [{**row, "id": int(row["id"])} for row in csv.DictReader(lines)]


def keep_example(client: Client) -> RemoteDeployment:
    """The deployment `iris-example` with its data: found if it is there, completed or made if not."""
    found = next((d for d in client.deployments.list() if d.name == EXAMPLE), None)
    deployment = client.deployments.wait((found or client.deployments.create(EXAMPLE, shape=SHAPE)).id)
    if TABLE not in {table.name for table in client.tables.list(deployment.id)}:
        client.tables.create(deployment.id, TABLE, description="150 iris flowers, measured in centimetres")
    sink = _keep_sink(client, deployment)
    if client.query(deployment.id, "pql", f"[{TABLE}]Count(All())").value == 0:
        client.ingest(sink.id, iris_records())
    return deployment


def _keep_sink(client: Client, deployment: RemoteDeployment) -> RemoteSink:
    found = next((s for s in client.sinks.list() if s.deployment_id == deployment.id and s.table == TABLE), None)
    sink = found or client.sinks.create(EXAMPLE, deployment_id=deployment.id, table=TABLE, schema=IRIS_SCHEMA)
    return client.sinks.wait(sink.id)
