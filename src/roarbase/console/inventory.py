"""What an organization has, read as the API tells it."""

import asyncio
from typing import Any

from roarbase.console.api import path_of
from roarbase.console.session import ConsoleSession
from roarbase.errors import IncorrectState, ResourceNotFound

__all__ = ["Inventory", "Resource", "inventory_of", "running_deployments", "tables_of"]

Resource = dict[str, Any]
Inventory = dict[str, list[Resource]]
"""By `deployments`, `tables` and `sinks`. A table has the name of its deployment as `deployment`."""


async def running_deployments(session: ConsoleSession) -> list[Resource]:
    """Those that take tables, sources and questions, oldest first."""
    return [one for one in await session.resources("/v1/deployments") if one["status"] == "RUNNING"]


async def tables_of(session: ConsoleSession, deployments: list[Resource]) -> list[Resource]:
    """The tables of these deployments; of one that goes meanwhile there are none."""
    found = await asyncio.gather(*(_tables(session, one) for one in deployments))
    return [table for tables in found for table in tables]


async def inventory_of(session: ConsoleSession) -> Inventory:
    """All of it."""
    deployments, sinks = await asyncio.gather(session.resources("/v1/deployments"), session.resources("/v1/sinks"))
    running = [one for one in deployments if one["status"] == "RUNNING"]
    return {"deployments": deployments, "tables": await tables_of(session, running), "sinks": sinks}


async def _tables(session: ConsoleSession, deployment: Resource) -> list[Resource]:
    try:
        found = await session.resources(path_of("v1", "tables", deployment["id"]))
    except (ResourceNotFound, IncorrectState):  # it goes between the two questions
        return []
    return [{**table, "deployment": deployment["name"]} for table in found]
