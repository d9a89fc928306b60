"""How far the tour has come: read from the service each time, so that it goes on wherever somebody left it."""

from dataclasses import dataclass
from typing import Any

from roarbase.console.api import path_of
from roarbase.console.asking import answers_to
from roarbase.console.session import ConsoleSession
from roarbase.errors import IncorrectState, ResourceNotFound, Unavailable

__all__ = ["DEPLOYMENT", "SINK", "TABLE", "Found", "find_tour"]

# The names that the quick start of June 2022 uses.
DEPLOYMENT, TABLE, SINK = "iris_demo_deployment", "iris_table", "iris_streaming_source"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is there of the tour's own. Empty where nothing is."""

    deployment_id: str = ""
    deployment_status: str = ""
    has_table: bool = False
    sink_id: str = ""
    sink_status: str = ""
    records: int = 0

    @property
    def is_there(self) -> bool:
        """Whether there is something to clean up."""
        return bool(self.deployment_id)

    @property
    def has_failed(self) -> bool:
        """Whether something of it can only be deleted."""
        return "FAILED" in (self.deployment_status, self.sink_status)


async def find_tour(session: ConsoleSession) -> Found:
    """Look for the deployment, the table in it, the source that feeds the table, and its records."""
    deployments = await session.resources("/v1/deployments")
    deployment = next((one for one in deployments if one["name"] == DEPLOYMENT), None)
    if deployment is None:
        return Found()
    known: dict[str, Any] = {"deployment_id": deployment["id"], "deployment_status": deployment["status"]}
    sinks = [one for one in await session.resources("/v1/sinks") if _is_ours(one, deployment["id"])]
    if sinks:
        known |= {"sink_id": sinks[0]["id"], "sink_status": sinks[0]["status"]}
    if deployment["status"] == "RUNNING":
        known |= await _table(session, deployment["id"])
    return Found(**known)


def _is_ours(sink: dict[str, Any], deployment_id: str) -> bool:
    target = sink["sink_details"]
    return bool(sink["name"] == SINK and target["deployment_id"] == deployment_id)


async def _table(session: ConsoleSession, deployment_id: str) -> dict[str, Any]:
    try:
        await session.get(path_of("v1", "tables", deployment_id, TABLE))
        (count,) = await answers_to(session, deployment_id, "pql", f"[{TABLE}]Count(All())", is_remembered=False)
    except (ResourceNotFound, IncorrectState, Unavailable):  # it goes, or its deployment does, between the questions
        return {}
    return {"has_table": True, "records": count.value}
