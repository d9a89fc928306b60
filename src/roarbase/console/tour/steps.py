"""The steps of the tour, in their order: what each does, which call it is, and how one sees that it is done."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from roarbase.client.iris import IRIS_SCHEMA, iris_records
from roarbase.console.api import Call, path_of
from roarbase.console.asking import query_call
from roarbase.console.tour.finding import DEPLOYMENT, SINK, TABLE, Found

__all__ = ["CLEANUP", "STEPS", "Step"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step.

    Args:
        key: By which its answer is remembered.
        title: As a command.
        text: What it does, and what to look at.
        call: The request, once what came before is there.
        is_done: How one sees it in what was found; None where only its answer shows it.
        waits: Whether the call is repeated until the step is done.
        can_repeat: Whether the call may be made again once it is done: it changes nothing then.
    """

    key: str
    title: str
    text: str
    call: Callable[[Found], Call]
    is_done: Callable[[Found], bool] | None = None
    waits: bool = False
    can_repeat: bool = False


def _records_text() -> str:
    """The body that is streamed, a record a line."""
    lines = ",\n".join(f"  {json.dumps({'value': record})}" for record in iris_records())
    return f'{{"records": [\n{lines}\n]}}'


def _sink_body(found: Found) -> dict[str, object]:
    target = {"deployment_id": found.deployment_id, "table": TABLE}
    return {"name": SINK, "sink_details": target, "schema": IRIS_SCHEMA}


STEPS = (
    Step(
        key="deployment",
        title="Create a deployment",
        text="A deployment is a running engine of a given shape, here one of 8 GB. The answer has its id, "
        "by which every later call knows it, and says CREATING.",
        call=lambda _: Call("POST", "/v1/deployments", {"name": DEPLOYMENT, "deployment_options": {"shape": "8GB"}}),
        is_done=lambda found: found.deployment_status not in ("", "DELETING"),
    ),
    Step(
        key="running",
        title="Wait until it is RUNNING",
        text="Creating goes on by itself. Ask for the deployment now and again until its status is RUNNING.",
        call=lambda found: Call("GET", path_of("v1", "deployments", found.deployment_id)),
        is_done=lambda found: found.deployment_status == "RUNNING",
        waits=True,
        can_repeat=True,
    ),
    Step(
        key="table",
        title="Create a table",
        text="A table is a named collection of records. It has no fields yet: they come with what feeds it.",
        call=lambda found: Call(
            "POST",
            path_of("v1", "tables", found.deployment_id),
            {"name": TABLE, "description": "table holding flower data"},
        ),
        is_done=lambda found: found.has_table,
    ),
    Step(
        key="sink",
        title="Create a streaming source",
        text="A data source, which the API calls a sink, is an endpoint that takes JSON records. Its schema says which "
        "path of a record becomes which field, and of which type: decimals with two places, and a species of which a "
        "flower has one.",
        call=lambda found: Call("POST", "/v1/sinks", _sink_body(found)),
        is_done=lambda found: bool(found.sink_id),
    ),
    Step(
        key="listening",
        title="Wait until the source is RUNNING",
        text="The fields are made in the table, and the endpoint is opened.",
        call=lambda found: Call("GET", path_of("v1", "sinks", found.sink_id)),
        is_done=lambda found: found.sink_status == "RUNNING",
        waits=True,
        can_repeat=True,
    ),
    Step(
        key="records",
        title="Stream 150 records",
        text="One request takes all 150 flowers, and answers a verdict for each. What is answered as success is on "
        "disk, and the next query sees it. Sent again, the same ids are overwritten, not doubled.",
        call=lambda found: Call("POST", path_of("v1", "sinks", found.sink_id), _records_text()),
        is_done=lambda found: found.records > 0,
        can_repeat=True,
    ),
    Step(
        key="sql",
        title="Ask in SQL",
        text="The first ten flowers. Each cell of the answer is tagged with its type, so that 64-bit integers and "
        "decimals stay exact.",
        call=lambda found: query_call(found.deployment_id, "sql", f"select * from {TABLE} limit 10"),
        can_repeat=True,
    ),
    Step(
        key="pql",
        title="Ask in PQL",
        text="The engine's own language: how many flowers are there of each species?",
        call=lambda found: query_call(found.deployment_id, "pql", f"[{TABLE}]GroupBy(Rows(species))"),
        can_repeat=True,
    ),
)

CLEANUP = (
    Step(
        key="no-sink",
        title="Delete the source",
        text="First what feeds the table, for a table that is fed cannot go.",
        call=lambda found: Call("DELETE", path_of("v1", "sinks", found.sink_id)),
        is_done=lambda found: not found.sink_id,
        waits=True,
    ),
    Step(
        key="no-table",
        title="Drop the table",
        text="With its records.",
        call=lambda found: Call("DELETE", path_of("v1", "tables", found.deployment_id, TABLE)),
        is_done=lambda found: not found.has_table,
    ),
    Step(
        key="no-deployment",
        title="Delete the deployment",
        text="Its engine stops, and its files go.",
        call=lambda found: Call("DELETE", path_of("v1", "deployments", found.deployment_id)),
        is_done=lambda found: not found.deployment_id,
        waits=True,
    ),
)
"""What undoes the tour, in the order that the service asks for."""
