"""The walk through the quick start: every step a newcomer would take, over HTTP, with its curl command.

`STEPS` is the walk in order. A step does one thing, checks what came back and returns a line or a
table to print. Afterwards nothing is left but the deployments that were there before.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from roarbase.cli.iris import SHAPE, SINK, TABLE
from roarbase.client import Answer, Client, RemoteDeployment
from roarbase.client.iris import IRIS_SCHEMA, iris_records

__all__ = ["STEPS", "Step", "StepFailed", "Walk", "free_name", "remove_leftovers"]

_NAME = "quickstart-walk"
_SQL = f"select * from {TABLE} limit 10"
_PQL = f"[{TABLE}]GroupBy(Rows(species))"


class StepFailed(Exception):
    """A step of the walk did not do what it should."""


class Walk:
    """One walk: who walks, where the output goes, and what has been made so far.

    Args:
        client: Not signed in yet, so that the first step does it.
        name: The name of the deployment to make and delete again.
    """

    def __init__(self, client: Client, console: Console, name: str) -> None:
        self._client = client
        self._console = console
        self._name = name
        self._deployment = ""
        self._sink = ""

    def run(self) -> None:
        """Take every step.

        Raises:
            StepFailed: One did not succeed; the message names it.
        """
        for number, step in enumerate(STEPS, start=1):
            self._console.print(f"\n{number:>2}. [bold]{step.title}[/bold]")
            self._console.print(f"    {step.curl.replace('<name>', self._name)}", style="dim", markup=False)
            started = time.perf_counter()
            try:
                outcome = step.run(self)
            except Exception as error:
                # Whatever it was, a newcomer needs the step's name first.
                raise StepFailed(f"step {number} ({step.title}): {error}") from error
            elapsed_ms = (time.perf_counter() - started) * 1000
            if isinstance(outcome, str):
                self._console.print(f"    -> {outcome} ({elapsed_ms:.0f} ms)", markup=False)
            else:
                self._console.print(outcome)
                self._console.print(f"    -> {outcome.row_count} rows ({elapsed_ms:.0f} ms)", markup=False)

    def get_token(self) -> str:
        return f"an id token of {len(self._client.token())} characters; AUTH='Authorization: Bearer <IdToken>'"

    def create_deployment(self) -> str:
        made = self._client.deployments.create(self._name, shape=SHAPE)
        self._deployment = made.id
        return f"{made.status}, DEPLOYMENT={made.id}"

    def wait_for_deployment(self) -> str:
        return self._client.deployments.wait(self._deployment).status

    def create_table(self) -> str:
        table = self._client.tables.create(self._deployment, TABLE, description="flowers")
        return f"table {table.name}"

    def create_sink(self) -> str:
        made = self._client.sinks.create(
            f"{SINK}-{self._name}", deployment_id=self._deployment, table=TABLE, schema=IRIS_SCHEMA
        )
        self._sink = made.id
        return f"{self._client.sinks.wait(made.id).status}, SINK={made.id}"

    def ingest(self) -> str:
        report = self._client.ingest(self._sink, iris_records())
        _expect(report.success_count == 150 and report.error_count == 0, f"{report.error_count} records were refused")
        return f"{report.success_count} records stored, {report.error_count} refused"

    def ask_sql(self) -> Table:
        answer = self._client.query(self._deployment, "sql", _SQL)
        _expect(len(answer.rows) == 10, f"{len(answer.rows)} rows came back, not 10")
        return _printed(answer)

    def ask_pql(self) -> Table:
        answer = self._client.query(self._deployment, "pql", _PQL)
        counts = {row[0]: row[1] for row in answer.rows}
        _expect(counts == {"setosa": 50, "versicolor": 50, "virginica": 50}, f"the groups were {counts}")
        return _printed(answer)

    def delete_sink(self) -> str:
        self._client.sinks.delete(self._sink)
        self._client.sinks.wait_gone(self._sink)
        return "gone"

    def delete_table(self) -> str:
        self._client.tables.delete(self._deployment, TABLE)
        return "gone"

    def delete_deployment(self) -> str:
        self._client.deployments.delete(self._deployment)
        self._client.deployments.wait_gone(self._deployment)
        return "gone"


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step: what it does, how one does it with curl, and the doing."""

    title: str
    curl: str
    run: Callable[[Walk], str | Table]


STEPS: tuple[Step, ...] = (
    Step(
        title="get a token",
        curl="""curl $API -d '{"USERNAME": "<email>", "PASSWORD": "<password>"}'""",
        run=Walk.get_token,
    ),
    Step(
        title="create a deployment",
        curl="""curl $API/v1/deployments -H "$AUTH" -d '{"name": "<name>", "deployment_options": {"shape": "8GB"}}'""",
        run=Walk.create_deployment,
    ),
    Step(
        title="wait until it runs",
        curl="""curl $API/v1/deployments/$DEPLOYMENT -H "$AUTH\"""",
        run=Walk.wait_for_deployment,
    ),
    Step(
        title="create a table in it",
        curl=f"""curl $API/v1/tables/$DEPLOYMENT -H "$AUTH" -d '{{"name": "{TABLE}", "description": "flowers"}}'""",
        run=Walk.create_table,
    ),
    Step(
        title="create a sink that feeds the table, and wait until it runs",
        curl="""curl $API/v1/sinks -H "$AUTH" -d '{"name": ..., "sink_details": {...}, "schema": {...}}'""",
        run=Walk.create_sink,
    ),
    Step(
        title="stream 150 records into the sink",
        curl="""curl $API/v1/sinks/$SINK -H "$AUTH" -d '{"records": [{"value": {"id": 1, "sepalLength": "5.1", ...""",
        run=Walk.ingest,
    ),
    Step(
        title="ask in SQL",
        curl=f"""curl $API/v1/deployments/$DEPLOYMENT/query -H "$AUTH" """
        f"""-d '{{"language": "sql", "statement": "{_SQL}"}}'""",
        run=Walk.ask_sql,
    ),
    Step(
        title="ask in PQL",
        curl=f"""curl $API/v1/deployments/$DEPLOYMENT/query -H "$AUTH" """
        f"""-d '{{"language": "pql", "statement": "{_PQL}"}}'""",
        run=Walk.ask_pql,
    ),
    Step(
        title="delete the sink, and wait until it is gone",
        curl="""curl -X DELETE $API/v1/sinks/$SINK -H "$AUTH\"""",
        run=Walk.delete_sink,
    ),
    Step(
        title="delete the table",
        curl=f"""curl -X DELETE $API/v1/tables/$DEPLOYMENT/{TABLE} -H "$AUTH\"""",
        run=Walk.delete_table,
    ),
    Step(
        title="delete the deployment, and wait until it is gone",
        curl="""curl -X DELETE $API/v1/deployments/$DEPLOYMENT -H "$AUTH\"""",
        run=Walk.delete_deployment,
    ),
)


def free_name(client: Client) -> str:
    """The name for a new walk: `quickstart-walk-<n>` above all that are there."""
    return f"{_NAME}-{1 + max((_number(d) for d in client.deployments.list()), default=0)}"


def remove_leftovers(client: Client) -> list[str]:
    """Delete what walks that did not end have left behind, and nothing else; return the names."""
    left = [d for d in client.deployments.list() if d.name == _NAME or d.name.startswith(f"{_NAME}-")]
    for deployment in left:
        _remove(client, deployment)
    return [deployment.name for deployment in left]


def _remove(client: Client, deployment: RemoteDeployment) -> None:
    sinks = [s for s in client.sinks.list() if s.deployment_id == deployment.id]
    for sink in sinks:
        client.sinks.delete(sink.id)
    for sink in sinks:
        client.sinks.wait_gone(sink.id)
    if deployment.status == "CREATING":
        client.deployments.wait(deployment.id)
    if deployment.status in ("CREATING", "RUNNING"):
        for table in client.tables.list(deployment.id):
            client.tables.delete(deployment.id, table.name)
    client.deployments.delete(deployment.id)
    client.deployments.wait_gone(deployment.id)


def _number(deployment: RemoteDeployment) -> int:
    """The n of `quickstart-walk-<n>`, 0 for other names."""
    digits = deployment.name.removeprefix(f"{_NAME}-")
    return int(digits) if digits.isdecimal() else 0


def _expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise StepFailed(otherwise)


def _printed(answer: Answer) -> Table:
    table = Table(*answer.names)
    for row in answer.rows:
        table.add_row(*("null" if cell is None else str(cell) for cell in row))
    return table
