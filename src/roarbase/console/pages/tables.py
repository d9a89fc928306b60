"""Tables: those of all running deployments."""

from typing import Any

from nicegui import ui

from roarbase.console.api import Call, path_of
from roarbase.console.components.button import icon_button, main_button
from roarbase.console.components.confirm import Done, confirm_by_typing
from roarbase.console.components.listing import Column, Listing
from roarbase.console.components.moment import moment
from roarbase.console.components.tag import Tag
from roarbase.console.frame import Page
from roarbase.console.inventory import running_deployments, tables_of

__all__ = ["drop_table", "tables_page"]

_LOOKS_EVERY_S = 5.0


def tables_page(page: Page) -> None:
    """Draw it."""
    with page.frame("Tables") as notice:
        with Tag("div", classes="toolbar"):
            Tag("p", "A table holds the records of one deployment under one name.", classes="quiet grow")
            main_button("New table", lambda: ui.navigate.to("/tables/new"), "add")
        with Tag("section", classes="card", aria_label="Tables"):
            listing = Listing(
                "tables",
                _COLUMNS,
                actions=lambda one: icon_button("delete", f"Drop {one['name']}", lambda: drop_table(page, one, done)),
                empty="There are none yet. A table needs a running deployment.",
            )
        curl = page.curl_view()

        async def done(call: Call) -> None:
            curl.show(call)
            await load()

        async def load() -> None:
            with notice.watching():
                listing.show(await tables_of(page.session, await running_deployments(page.session)))

        page.every(_LOOKS_EVERY_S, load)


def _link(one: dict[str, Any]) -> None:
    ui.link(one["name"], path_of("tables", one["deployment_id"], one["name"]))


_COLUMNS = (
    Column("Name", lambda one: str(one["name"]), _link),
    Column(
        "Deployment",
        lambda one: str(one["deployment"]),
        lambda one: ui.link(one["deployment"], path_of("deployments", one["deployment_id"])),
    ),
    Column("Description", lambda one: str(one["description"])),
    Column("Fields", lambda one: str(len(one["fields"])), classes="number"),
    Column("Owner", lambda one: str(one["owner"])),
    Column("Created", lambda one: str(one["created_at"]), lambda one: moment(one["created_at"])),
)


def drop_table(page: Page, one: dict[str, Any], done: Done) -> None:
    """Ask, then drop; the service says which data source stands in the way."""

    async def drop() -> None:
        call = Call("DELETE", path_of("v1", "tables", one["deployment_id"], one["name"]))
        await page.session.make(call)
        await done(call)

    confirm_by_typing(f"Drop the table {one['name']}?", "Its records will be gone.", drop, verb="Drop")
