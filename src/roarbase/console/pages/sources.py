"""Data sources: the endpoints that take records. The API calls them sinks."""

from nicegui import ui

from roarbase.console.api import Call, path_of
from roarbase.console.components.badge import badge
from roarbase.console.components.confirm import Done, confirm_by_typing
from roarbase.console.components.list_page import ListPage
from roarbase.console.components.listing import Column
from roarbase.console.components.moment import moment
from roarbase.console.frame import Page
from roarbase.console.inventory import Resource

__all__ = ["delete_source", "sources_page"]


def sources_page(page: Page) -> None:
    """Draw it."""
    _LIST.draw(page)


async def _sources(page: Page) -> list[Resource]:
    sinks = await page.session.resources("/v1/sinks")
    names = {one["id"]: one["name"] for one in await page.session.resources("/v1/deployments")}
    return [{**one, "deployment": names.get(_deployment(one), "")} for one in sinks]


def _deployment(one: Resource) -> str:
    return str(one["sink_details"]["deployment_id"])


def _table(one: Resource) -> str:
    return str(one["sink_details"]["table"])


_COLUMNS = (
    Column("Name", lambda one: str(one["name"]), lambda one: ui.link(one["name"], path_of("sources", one["id"]))),
    Column("Status", lambda one: str(one["status"]), lambda one: badge(one["status"])),
    Column(
        "Deployment",
        lambda one: str(one["deployment"]),
        lambda one: ui.link(one["deployment"], path_of("deployments", _deployment(one))),
    ),
    Column("Table", _table, lambda one: ui.link(_table(one), path_of("tables", _deployment(one), _table(one)))),
    Column("Owner", lambda one: str(one["owner"])),
    Column("Created", lambda one: str(one["created_at"]), lambda one: moment(one["created_at"])),
)


def delete_source(page: Page, one: Resource, done: Done) -> None:
    """Ask, then delete; the table and its records stay."""

    async def delete() -> None:
        call = Call("DELETE", path_of("v1", "sinks", one["id"]))
        await page.session.make(call)
        await done(call)

    consequence = "Its endpoint takes no more records; the table and its records stay."
    confirm_by_typing(f"Delete the data source {one['name']}?", consequence, delete)


_LIST = ListPage(
    title="Data sources",
    sentence="A data source is an endpoint that takes JSON records for one table.",
    new="New source",
    path="/sources/new",
    empty="There are none yet. A data source needs a table of a running deployment.",
    columns=_COLUMNS,
    remove=delete_source,
    load=_sources,
)
