"""Deployments: the list, whose states change by themselves."""

from typing import Any

from nicegui import ui

from roarbase.console.api import Call, path_of
from roarbase.console.components.badge import badge
from roarbase.console.components.button import icon_button, main_button
from roarbase.console.components.confirm import Done, confirm_by_typing
from roarbase.console.components.listing import Column, Listing
from roarbase.console.components.moment import moment
from roarbase.console.components.tag import Tag
from roarbase.console.frame import Page

__all__ = ["delete_deployment", "deployments_page"]

_LOOKS_EVERY_S = 2.0


def deployments_page(page: Page) -> None:
    """Draw it."""
    with page.frame("Deployments") as notice:
        with Tag("div", classes="toolbar"):
            Tag("p", "A deployment is a running engine of a given shape, where tables live.", classes="quiet grow")
            main_button("New deployment", lambda: ui.navigate.to("/deployments/new"), "add")
        with Tag("section", classes="card", aria_label="Deployments"):
            listing = Listing(
                "deployments",
                _COLUMNS,
                actions=lambda one: icon_button(
                    "delete", f"Delete {one['name']}", lambda: delete_deployment(page, one, done)
                ),
                empty="There are none yet. Make one: a minute later it takes records.",
            )
        curl = page.curl_view()

        async def done(call: Call) -> None:
            curl.show(call)
            await load()

        async def load() -> None:
            with notice.watching():
                listing.show(await page.session.resources("/v1/deployments"))

        page.every(_LOOKS_EVERY_S, load)


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
