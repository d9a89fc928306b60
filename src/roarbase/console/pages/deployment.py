"""One deployment: what it is, where it is asked, which tables it has."""

from typing import Any

from nicegui import ui

from roarbase.console.api import Call, path_of
from roarbase.console.components.badge import badge
from roarbase.console.components.button import danger_button, quiet_button
from roarbase.console.components.confirm import Done
from roarbase.console.components.curl import copyable
from roarbase.console.components.facts import facts
from roarbase.console.components.moment import moment
from roarbase.console.components.part import Part
from roarbase.console.components.tag import Tag, heading
from roarbase.console.frame import Page
from roarbase.console.inventory import tables_of
from roarbase.console.pages.deployments import delete_deployment
from roarbase.console.session import ConsoleSession
from roarbase.errors import ResourceNotFound

__all__ = ["deployment_page"]

_LOOKS_EVERY_S = 2.0


def deployment_page(page: Page) -> None:
    """Draw it."""
    deployment_id = page.parameters["id"]
    with page.frame("Deployment", entry="Deployments", back=("Deployments", "/deployments")) as notice:

        async def done(call: Call) -> None:
            page.go_after("/deployments", call)

        details = Part[dict[str, Any]](lambda one: _draw_details(page, one, done), waits=True)
        with Tag("section", classes="card"):
            heading(2, "Query endpoint")
            address = path_of("v1", "deployments", deployment_id, "query")
            copyable(page.wiring.origins.data + address, "the endpoint")
        tables = Part(_draw_tables)
        page.curl_view()

        async def load() -> None:
            with notice.watching():
                try:
                    one = await page.session.get(path_of("v1", "deployments", deployment_id))
                except ResourceNotFound:
                    ui.navigate.to("/deployments")
                    return
                details.show(one)
                tables.show((one["id"], one["status"], await _table_names(page.session, one)))

        page.every(_LOOKS_EVERY_S, load)


async def _table_names(session: ConsoleSession, one: dict[str, Any]) -> list[str]:
    return [table["name"] for table in await tables_of(session, [one] if one["status"] == "RUNNING" else [])]


def _draw_details(page: Page, one: dict[str, Any], done: Done) -> None:
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
        danger_button("Delete deployment", lambda: delete_deployment(page, one, done))


def _draw_tables(shown: tuple[str, str, list[str]]) -> None:
    deployment_id, status, names = shown
    heading(2, "Tables")
    if not names:
        Tag(
            "p", "There are none yet." if status == "RUNNING" else "They are there once it is RUNNING.", classes="quiet"
        )
    for name in names:
        ui.link(name, path_of("tables", deployment_id, name))
    if status == "RUNNING":
        with Tag("div", classes="actions actions--start"):
            quiet_button("New table", lambda: ui.navigate.to(f"/tables/new?deployment={deployment_id}"), "add")
