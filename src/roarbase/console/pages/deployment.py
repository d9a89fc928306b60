"""One deployment: what it is, where it is asked, which tables it has."""

from typing import Any

from nicegui import ui

from roarbase.console.api import path_of
from roarbase.console.components.badge import badge
from roarbase.console.components.button import danger_button, quiet_button
from roarbase.console.components.curl import CurlView, copyable
from roarbase.console.components.facts import facts
from roarbase.console.components.moment import moment
from roarbase.console.components.tag import Tag, heading
from roarbase.console.frame import Page
from roarbase.console.pages.deployments import delete_deployment
from roarbase.console.session import ConsoleSession
from roarbase.errors import ResourceNotFound

__all__ = ["deployment_page"]

_LOOKS_EVERY_S = 2.0


def deployment_page(page: Page) -> None:
    """Draw it."""
    deployment_id = page.parameters["id"]
    shown: dict[str, Any] = {}
    with page.frame("Deployment", entry="Deployments", back=("Deployments", "/deployments")) as notice:
        place = Tag("div", classes="stack")
        curl = CurlView(page.wiring.origins)

        async def load() -> None:
            with notice.watching():
                try:
                    one = await page.session.get(path_of("v1", "deployments", deployment_id))
                except ResourceNotFound:
                    ui.navigate.to("/deployments")
                    return
                found = {"deployment": one, "tables": await _tables(page.session, one)}
                if found != shown:
                    shown.update(found)
                    place.clear()
                    with place:
                        _draw(page, found, curl, load)

        page.every(_LOOKS_EVERY_S, load)


async def _tables(session: ConsoleSession, one: dict[str, Any]) -> list[dict[str, Any]]:
    if one["status"] != "RUNNING":
        return []
    return await session.resources(path_of("v1", "tables", one["id"]))


def _draw(page: Page, found: dict[str, Any], curl: CurlView, then: Any) -> None:
    one = found["deployment"]
    with Tag("section", classes="card"):
        heading(2, one["name"])
        facts(
            ("Status", lambda: badge(one["status"])),
            ("Reason", one.get("reason", "")),
            ("Shape", one["deployment_options"]["shape"]),
            ("Owner", one["owner"]),
            ("Created", lambda: moment(one["created_at"])),
            ("Changed", lambda: moment(one["updated_at"])),
            ("Id", lambda: Tag("code", one["id"])),
        )
        with Tag("div", classes="actions"):
            danger_button("Delete deployment", lambda: delete_deployment(page, one, curl, then))
    with Tag("section", classes="card"):
        heading(2, "Query endpoint")
        copyable(page.wiring.origins.data + path_of("v1", "deployments", one["id"], "query"), "the endpoint")
    with Tag("section", classes="card"):
        heading(2, "Tables")
        if not found["tables"]:
            Tag("p", "There are none yet." if one["status"] == "RUNNING" else "They are there once it is RUNNING.")
        for table in found["tables"]:
            ui.link(table["name"], path_of("tables", one["id"], table["name"]))
        if one["status"] == "RUNNING":
            with Tag("div", classes="actions actions--start"):
                quiet_button("New table", lambda: ui.navigate.to(f"/tables/new?deployment={one['id']}"), "add")
