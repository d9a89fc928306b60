"""Home: what exists, and the next step to take."""

import asyncio
from typing import Any

from roarbase.console.components.tag import Tag, heading
from roarbase.console.frame import Page
from roarbase.console.session import ConsoleSession
from roarbase.errors import RoarbaseError

__all__ = ["home_page"]


def home_page(page: Page) -> None:
    """Draw it."""
    with page.frame("Home") as notice:
        counts = Tag("div", classes="counts")
        with Tag("section", classes="card"):
            heading(2, "Addresses")
            with Tag("dl", classes="facts"):
                for name, address in (("Sign in", "POST /"), ("Control plane", "/v1"), ("Data plane", "/v1")):
                    Tag("dt", name)
                    with Tag("dd"):
                        Tag("code", page.wiring.origin if address == "POST /" else page.wiring.origin + address)

        async def load() -> None:
            with notice.watching():
                found = await _everything(page.session)
                counts.clear()
                with counts:
                    for name, resources in found.items():
                        _count(name, len(resources))

        page.soon(load)


def _count(name: str, number: int) -> None:
    with Tag("div", classes="count"):
        Tag("span", f"{number:,}", classes="count__number")
        Tag("span", name, classes="quiet")


async def _everything(session: ConsoleSession) -> dict[str, list[dict[str, Any]]]:
    deployments = await session.resources("/v1/deployments")
    sinks = await session.resources("/v1/sinks")
    running = [d["id"] for d in deployments if d["status"] == "RUNNING"]
    tables = [t for found in await asyncio.gather(*(_tables(session, one) for one in running)) for t in found]
    return {"Deployments": deployments, "Tables": tables, "Data sources": sinks}


async def _tables(session: ConsoleSession, deployment_id: str) -> list[dict[str, Any]]:
    try:
        return await session.resources(f"/v1/tables/{deployment_id}")
    except RoarbaseError:  # it went between the two questions
        return []
