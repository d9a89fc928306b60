"""The Python client: a running service over HTTP, in Python values.

    with Client("http://127.0.0.1:8080", email="me@example.com", password="...") as client:
        deployment = client.deployments.create("flowers")
        client.deployments.wait(deployment.id)
        client.tables.create(deployment.id, "iris")
        answer = client.query(deployment.id, "sql", "select * from iris limit 10")
        print(answer.names, answer.rows)

`client.py` is the front, with ingest and queries; one file per noun manages resources; `session.py` signs
in, renews tokens and sends; `answers.py` turns the service's tagged cells into Python values.
Errors are those of `roarbase.errors`, made again from the code and message of the answer.
"""

from roarbase.client.answers import Answer, AnswerColumn
from roarbase.client.client import Client
from roarbase.client.deployments import RemoteDeployment
from roarbase.client.fields import RemoteField
from roarbase.client.sinks import IngestReport, RecordVerdict, RemoteSink
from roarbase.client.tables import RemoteTable
from roarbase.client.transfers import RemoteTransfer

__all__ = [
    "Answer",
    "AnswerColumn",
    "Client",
    "IngestReport",
    "RecordVerdict",
    "RemoteDeployment",
    "RemoteField",
    "RemoteSink",
    "RemoteTable",
    "RemoteTransfer",
]
