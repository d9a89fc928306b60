"""The walk, step by step, against a pretended service."""

import io
from collections.abc import Iterator
from decimal import Decimal

import httpx
import pytest
from rich.console import Console

from roarbase.cli.iris import keep_example
from roarbase.cli.walk import STEPS, StepFailed, Walk, free_name, remove_leftovers
from roarbase.client import Client
from roarbase.client.iris import iris_records
from tests.quickstart.pretend import PASSWORD, PretendedService


@pytest.fixture
def service() -> PretendedService:
    return PretendedService()


@pytest.fixture
def client(service: PretendedService) -> Iterator[Client]:
    with Client("http://service", email="a@b", password=PASSWORD, transport=service.transport()) as client:
        yield client


def walk(client: Client) -> str:
    """Walk and return what was printed; what was printed until then where a step fails."""
    console = Console(file=io.StringIO(), width=100, highlight=False, soft_wrap=True)
    try:
        Walk(client, console, free_name(client)).run()
    finally:
        assert isinstance(console.file, io.StringIO)
        printed = console.file.getvalue()
        print(printed)
    return printed


def test_the_flowers_are_fishers() -> None:
    """150 records, 50 of each species, with the sums of the published measurements."""
    records = iris_records()
    assert [r["id"] for r in records] == list(range(1, 151))
    assert [r["species"] for r in records] == ["setosa"] * 50 + ["versicolor"] * 50 + ["virginica"] * 50
    sums = {
        name: sum(Decimal(str(r[name])) for r in records)
        for name in ("sepalLength", "sepalWidth", "petalLength", "petalWidth")
    }
    assert list(sums.values()) == [Decimal("876.5"), Decimal("458.6"), Decimal("563.7"), Decimal("179.9")]


def test_the_walk_takes_every_step_and_leaves_nothing(service: PretendedService, client: Client) -> None:
    """Each step is printed with its curl command; afterwards the service is as it was."""
    printed = walk(client)
    for number, step in enumerate(STEPS, start=1):
        assert f"{number}. {step.title}" in printed
        assert step.curl.split(" -d ")[0] in printed
    assert "150 records stored" in printed
    assert "setosa" in printed
    assert '"name": "quickstart-walk-1"' in printed
    assert (service.deployments, service.tables, service.sinks) == ({}, {}, {})


def test_no_token_is_printed(client: Client) -> None:
    """The password and the token stay out of the terminal."""
    assert PASSWORD not in walk(client)


def test_a_walk_takes_a_free_number(service: PretendedService, client: Client) -> None:
    """A name that is still taken is not used again."""
    service.deployments = {"a": "quickstart-walk-7", "b": "quickstart-walk-x", "c": "quickstart-walk"}
    assert '"name": "quickstart-walk-8"' in walk(client)


REFUSED = httpx.Response(400, json={"code": "BadRequest", "message": "not today"})
EMPTY = {"results": {"headers": [], "rows": []}}
HALF = {"success_count": 149, "error_count": 1, "records": []}


@pytest.mark.parametrize(
    ("pattern", "answer", "told"),
    [
        ("POST /v1/deployments", REFUSED, "step 2 (create a deployment): not today"),
        ("GET /v1/deployments/.*", REFUSED, "step 3 (wait until it runs): not today"),
        ("POST /v1/tables/.*", REFUSED, "step 4 (create a table in it): not today"),
        ("POST /v1/sinks", REFUSED, "step 5 (create a sink that feeds the table, and wait until it runs): not today"),
        ("POST /v1/sinks/.*", REFUSED, "step 6 (stream 150 records into the sink): not today"),
        ("POST /v1/sinks/.*", httpx.Response(200, json=HALF), "1 records were refused"),
        ("POST /v1/deployments/.*/query", httpx.Response(200, json=EMPTY), "step 7 (ask in SQL): 0 rows came back"),
        ("POST /v1/deployments/.*/query", httpx.Response(200, text="<html>"), "step 7 (ask in SQL)"),
        ("DELETE /v1/sinks/.*", REFUSED, "step 9 (delete the sink, and wait until it is gone): not today"),
        ("DELETE /v1/tables/.*", REFUSED, "step 10 (delete the table): not today"),
        ("DELETE /v1/deployments/.*", REFUSED, "step 11 (delete the deployment, and wait until it is gone)"),
    ],
)
def test_a_failed_step_is_named(
    service: PretendedService, client: Client, pattern: str, answer: httpx.Response, told: str
) -> None:
    """Whatever goes wrong, the step is told first."""
    service.broken[pattern] = answer
    with pytest.raises(StepFailed) as failed:
        walk(client)
    assert told in str(failed.value)


def test_wrong_groups_fail_the_walk(service: PretendedService, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is not the flowers' is a failure."""
    wrong = [{**r, "species": "rose"} for r in iris_records()]
    monkeypatch.setattr("roarbase.cli.walk.iris_records", lambda: wrong)
    with pytest.raises(StepFailed, match=r"step 8 \(ask in PQL\): the groups were {'rose': 150}"):
        walk(client)
    assert service.deployments != {}


def test_leftovers_are_removed_and_nothing_else(service: PretendedService, client: Client) -> None:
    """Deployments of earlier walks go with their tables and sinks; everything else stays."""
    service.deployments = {
        "a": "quickstart-walk-1",
        "b": "mine",
        "c": "quickstart-walk",
        "d": "quickstart-walking",
        "e": "my-quickstart-walk-1",
    }
    service.tables = {("a", "iris"): {}, ("b", "iris"): {}}
    details = {"a": {"deployment_id": "a", "table": "iris"}, "b": {"deployment_id": "b", "table": "iris"}}
    service.sinks = {s: {"id": s, "name": s, "sink_status": "RUNNING", "sink_details": d} for s, d in details.items()}
    assert remove_leftovers(client) == ["quickstart-walk-1", "quickstart-walk"]
    assert set(service.deployments) == {"b", "d", "e"}
    assert set(service.tables) == {("b", "iris")}
    assert set(service.sinks) == {"b"}


def test_nothing_left_over(client: Client) -> None:
    """On a new service there is nothing to remove."""
    assert remove_leftovers(client) == []


def test_the_example_is_made_once(service: PretendedService, client: Client) -> None:
    """The second time it is found as it is."""
    first = keep_example(client)
    assert first.name == "iris-example"
    assert len(service.tables[first.id, "iris"]) == 150
    service.asked.clear()
    assert keep_example(client) == first
    assert [line for line in service.asked if line.startswith("POST") and "query" not in line] == []


@pytest.mark.parametrize("lost", ["table", "sink", "records"])
def test_the_example_is_completed(service: PretendedService, client: Client, lost: str) -> None:
    """What an interrupted start left out is made up for."""
    example = keep_example(client)
    if lost in ("table", "sink"):
        service.sinks.clear()
    if lost == "table":
        service.tables.clear()
    if lost == "records":
        service.tables[example.id, "iris"].clear()
    assert keep_example(client) == example
    assert len(service.tables[example.id, "iris"]) == 150
    assert len(service.sinks) == 1
