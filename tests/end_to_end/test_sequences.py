"""The sequence numbers of answers, and queries that ask for one, with real curl."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.curl import Curl
from tests.support.process import IRIS_SCHEMA, ServiceProcess, iris_records

COUNT = {"language": "pql", "statement": "[iris]Count(All())"}
BAD_RECORD = {"value": {"id": -1}}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with ServiceProcess(
        tmp_path_factory.mktemp("service") / "data", "--cors-origins", "https://app.example"
    ) as service:
        yield service


class Asking(Curl):
    """Sees the answer's headers too."""

    def __init__(self, service: ServiceProcess, folder: Path) -> None:
        super().__init__(service)
        self.token = service.sign_in()
        self.head = folder / "head"

    def ask(self, method: str, path: str, body: object = None, *headers: str) -> tuple[int, str | None, Any]:
        """Status, Roarbase-Seq (None without one) and body."""
        more = [part for header in headers for part in ("--header", header)]
        text = None if body is None else json.dumps(body)
        status, answer = self.text(method, path, text, "--dump-header", str(self.head), *more)
        lines = (line.partition(": ") for line in self.head.read_text().lower().splitlines())
        return status, {name: value for name, _, value in lines}.get("roarbase-seq"), json.loads(answer)

    def sequence(self, method: str, path: str, body: object = None, *headers: str) -> int:
        """The number on an answer of success."""
        status, text, answer = self.ask(method, path, body, *headers)
        assert status in (200, 201, 202), answer
        assert text is not None, f"{method} {path} has no Roarbase-Seq"
        return int(text)

    def deployment(self, name: str) -> str:
        _, made = self.json("POST", "/v1/deployments", {"name": name, "deployment_options": {"shape": "8GB"}})
        assert isinstance(made, dict)
        self.until(f"/v1/deployments/{made['id']}", "deployment_status", "RUNNING")
        return str(made["id"])

    def sink(self, deployment_id: str) -> str:
        target = {"deployment_id": deployment_id, "table": "iris"}
        body = {"name": "flowers", "sink_details": target, "schema": IRIS_SCHEMA}
        _, made = self.json("POST", "/v1/sinks", body)
        assert isinstance(made, dict)
        self.until(f"/v1/sinks/{made['id']}", "sink_status", "RUNNING")
        return f"/v1/sinks/{made['id']}"


@pytest.fixture
def curl(service: ServiceProcess, tmp_path: Path) -> Asking:
    return Asking(service, tmp_path)


def test_every_write_has_a_higher_number_and_queries_may_ask_for_it(curl: Asking, service: ServiceProcess) -> None:
    """Tables, fields, records and drops count up through one log, over both faces and over a restart."""
    deployment_id = curl.deployment("one")
    tables, query = f"/v1/tables/{deployment_id}", f"/v1/deployments/{deployment_id}/query"
    assert curl.sequence("POST", query, {"language": "sql", "statement": "show tables"}) == 0
    made = curl.sequence("POST", tables, {"name": "iris"})
    field = curl.sequence("POST", f"{tables}/iris/fields/extra", {"options": {"type": "int"}})
    dropped = curl.sequence("DELETE", f"/v2/tables/{deployment_id}/iris/fields/extra")
    sink = curl.sink(deployment_id)
    first = curl.sequence("POST", sink, {"records": iris_records(range(1, 4))})
    second = curl.sequence("POST", sink.replace("v1", "v2"), {"records": [*iris_records(range(4, 6)), BAD_RECORD]})
    assert 0 < made < field < dropped < first < second == first + 1

    # Nothing of these is written: the number is where the deployment stands.
    assert curl.sequence("POST", sink, {"records": [BAD_RECORD]}) == second
    assert curl.sequence("POST", sink, {"records": []}) == second
    assert curl.sequence("POST", query, COUNT) == second

    for face in (query, f"/v2/databases/{deployment_id}/query"):
        for least in (0, 1, second):
            status, seen, answer = curl.ask("POST", face, COUNT, f"Roarbase-Min-Seq: {least}")
            assert (status, seen) == (200, str(second))
            assert answer["results"]["rows"] == [{"columns": [{"ColumnVal": {"Uint64Val": 5}}]}]

    service.kill()
    service.start()
    status, seen, answer = curl.ask("POST", query, COUNT, f"Roarbase-Min-Seq: {second}")
    assert (status, seen) == (200, str(second))
    assert curl.sequence("POST", sink, {"records": iris_records(range(6, 7))}) == second + 1

    # Statements that write, in either face, and one that finds nothing to do.
    native = f"/v2/databases/{deployment_id}/query"
    wrote = curl.sequence("POST", query, {"language": "pql", "statement": "[iris]Set(7, species=setosa)Count(All())"})
    gone = curl.sequence("POST", native, {"language": "pql", "statement": "[iris]Delete(ConstRow(columns=[7]))"})
    assert (wrote, gone) == (second + 2, second + 3)
    status, text = curl.text(
        "POST", f"{native}/pql", "[iris]Delete(ConstRow(columns=[6]))", "--dump-header", str(curl.head)
    )
    assert (status, f"roarbase-seq: {second + 4}" in curl.head.read_text().lower()) == (200, True), text
    second += 3

    # A sink that goes writes nothing; the table that goes does, in either way.
    assert curl.ask("DELETE", sink)[:2] == (202, None)
    curl.until(sink, "sink_status", "gone")
    gone = curl.sequence("POST", query, {"language": "sql", "statement": "drop table iris"}, "Roarbase-Min-Seq: 1")
    again = curl.sequence("POST", tables, {"name": "iris"})
    assert curl.sequence("DELETE", f"{tables}/iris") == again + 1 == gone + 2 == second + 4


def test_a_number_that_cannot_be_is_refused(curl: Asking) -> None:
    """Malformed: 400, with what was sent. Beyond the log's end: 409 at once, with both numbers."""
    query = f"/v1/deployments/{curl.deployment('two')}/query"
    show = {"language": "sql", "statement": "show tables"}
    bad = ["", "x", "-1", "+1", "1.0", "1e3", "0x1", "1, 2", "18446744073709551616", "9" * 21, "\u0663"]
    for text in bad:
        # curl leaves out a header without value unless it ends in a semicolon
        header = f"Roarbase-Min-Seq: {text}" if text else "Roarbase-Min-Seq;"
        status, seen, answer = curl.ask("POST", query, show, header)
        assert (status, seen, answer["code"]) == (400, None, "InvalidParameter"), text
        assert "Roarbase-Min-Seq" in answer["message"]
    status, _, answer = curl.ask("POST", query, show, "Roarbase-Min-Seq: 0", "Roarbase-Min-Seq: 7")
    assert (status, answer["code"]) == (400, "InvalidParameter")
    for beyond in (1, 2**64 - 1):
        status, seen, answer = curl.ask("POST", query, show, f"Roarbase-Min-Seq: {beyond}")
        assert (status, seen, answer["code"]) == (409, None, "IncorrectState")
        assert f"{beyond} is asked for" in answer["message"]
        assert "ends at 0" in answer["message"]


def test_each_deployment_counts_for_itself(curl: Asking) -> None:
    """What one wrote moves no other, and its number is refused there."""
    ids = [curl.deployment(name) for name in ("three", "four")]
    numbers = [curl.sequence("POST", f"/v1/tables/{ids[0]}", {"name": f"t{i}"}) for i in range(3)]
    assert numbers == [1, 2, 3]
    assert curl.sequence("POST", f"/v1/tables/{ids[1]}", {"name": "t"}) == 1
    show = {"language": "sql", "statement": "show tables"}
    query = f"/v1/deployments/{ids[1]}/query"
    assert curl.sequence("POST", query, show, "Roarbase-Min-Seq: 1") == 1
    assert curl.ask("POST", query, show, "Roarbase-Min-Seq: 3")[0] == 409


def test_the_document_says_which_answers_have_a_number(curl: Asking) -> None:
    """Those that write to a deployment's log, and queries, which may ask for one; other origins may read it."""
    _, document = curl.json("GET", "/openapi.json")
    assert isinstance(document, dict)
    told, asked = set(), set()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if any("Roarbase-Seq" in answer.get("headers", {}) for answer in operation["responses"].values()):
                told.add(f"{method} {path}")
            if any(parameter["name"] == "Roarbase-Min-Seq" for parameter in operation.get("parameters", ())):
                asked.add(f"{method} {path}")
    both = {("v1", "deployments"), ("v2", "databases")}
    queries = {f"post {path}" for path in document["paths"] if "{id}/query" in path or path.endswith("{id}/sql")}
    assert queries >= {f"post /{version}/{nouns}/{{id}}/query" for version, nouns in both}
    assert asked == queries
    assert told == queries.union(
        *(
            {
                f"post /{version}/sinks/{{id}}",
                f"post /{version}/tables/{{deployment_id}}",
                f"delete /{version}/tables/{{deployment_id}}/{{name}}",
                f"post /{version}/tables/{{deployment_id}}/{{table}}/fields/{{field}}",
                f"delete /{version}/tables/{{deployment_id}}/{{table}}/fields/{{field}}",
            }
            for version, _ in both
        )
    )
    curl.ask("GET", "/v1/deployments", None, "Origin: https://app.example")
    assert "roarbase-seq" in curl.head.read_text().lower()
