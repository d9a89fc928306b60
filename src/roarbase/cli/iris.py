"""The deployment that the quick start leaves behind, with the iris flowers in it."""

from roarbase.client import Client, RemoteDeployment, RemoteSink
from roarbase.client.iris import IRIS_SCHEMA, iris_records

__all__ = ["EXAMPLE", "SHAPE", "SINK", "TABLE", "keep_example"]

EXAMPLE = "iris-example"
SHAPE = "8GB"
SINK = "iris-stream"
TABLE = "iris"


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
