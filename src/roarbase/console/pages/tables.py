"""Tables: those of all running deployments."""

from typing import Any

from nicegui import ui

from roarbase.console.api import Call, path_of
from roarbase.console.components.confirm import Done, confirm_by_typing
from roarbase.console.components.list_page import ListPage
from roarbase.console.components.listing import Column
from roarbase.console.components.moment import moment
from roarbase.console.frame import Page
from roarbase.console.inventory import running_deployments, tables_of

__all__ = ["drop_table", "tables_page"]


def tables_page(page: Page) -> None:
    """Draw it."""
    _LIST.draw(page)


async def _tables(page: Page) -> list[dict[str, Any]]:
    return await tables_of(page.session, await running_deployments(page.session))


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


_LIST = ListPage(
    title="Tables",
    sentence="A table holds the records of one deployment under one name.",
    new="New table",
    path="/tables/new",
    empty="There are none yet. A table needs a running deployment.",
    columns=_COLUMNS,
    remove=drop_table,
    load=_tables,
    verb="Drop",
    every_s=5.0,
)
