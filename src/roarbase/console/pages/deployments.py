"""Deployments: the list, whose states change by themselves."""

from typing import Any

from nicegui import ui

from roarbase.console.api import Call, path_of
from roarbase.console.components.badge import badge
from roarbase.console.components.confirm import Done, confirm_by_typing
from roarbase.console.components.list_page import ListPage
from roarbase.console.components.listing import Column
from roarbase.console.components.moment import moment
from roarbase.console.frame import Page

__all__ = ["delete_deployment", "deployments_page"]


def deployments_page(page: Page) -> None:
    """Draw it."""
    _LIST.draw(page)


async def _deployments(page: Page) -> list[dict[str, Any]]:
    return await page.session.resources("/v1/deployments")


_COLUMNS = (
    Column("Name", lambda one: str(one["name"]), lambda one: ui.link(one["name"], path_of("deployments", one["id"]))),
    Column("Status", lambda one: str(one["status"]), lambda one: badge(one["status"])),
    Column("Shape", lambda one: str(one["deployment_options"]["shape"])),
    Column("Owner", lambda one: str(one["owner"])),
    Column("Created", lambda one: str(one["created_at"]), lambda one: moment(one["created_at"])),
)


def delete_deployment(page: Page, one: dict[str, Any], done: Done) -> None:
    """Ask, then delete; the service says what stands in the way."""

    async def delete() -> None:
        call = Call("DELETE", path_of("v1", "deployments", one["id"]))
        await page.session.make(call)
        await done(call)

    confirm_by_typing(f"Delete the deployment {one['name']}?", "Its engine and its files will be gone.", delete)


_LIST = ListPage(
    title="Deployments",
    sentence="A deployment is a running engine of a given shape, where tables live.",
    new="New deployment",
    path="/deployments/new",
    empty="There are none yet. Make one: a minute later it takes records.",
    columns=_COLUMNS,
    remove=delete_deployment,
    load=_deployments,
)
