"""New table: in which deployment, under which name."""

from nicegui import ui

from roarbase.console.api import Call, path_of
from roarbase.console.components.button import quiet_button, working_button
from roarbase.console.components.naming import name_input
from roarbase.console.components.tag import Tag
from roarbase.console.frame import Page
from roarbase.console.inventory import running_deployments

__all__ = ["new_table_page"]

_KEYS = {"open": "The first data source decides", "ids": "Numbers", "keys": "Strings"}


def new_table_page(page: Page) -> None:
    """Draw it."""
    with (
        page.frame("New table", entry="Tables", back=("Tables", "/tables")) as notice,
        Tag("section", classes="card form", aria_label="New table"),
    ):
        deployment = ui.select({}, label="Deployment").props("outlined").classes("wide")
        name = name_input("table")
        description = ui.input("Description (may be empty)").props("outlined").classes("wide")
        keys = ui.select(_KEYS, value="open", label="Records are known by").props("outlined").classes("wide")

        async def create() -> None:
            if not name.validate():
                return
            if not deployment.value:
                notice.error("A table needs a running deployment: make one first.")
                return
            body: dict[str, object] = {"name": name.value, "description": description.value or ""}
            if keys.value != "open":
                body["options"] = {"keys": keys.value == "keys"}
            with notice.watching():
                call = Call("POST", path_of("v1", "tables", deployment.value), body)
                await page.session.make(call)
                page.go_after(path_of("tables", deployment.value, name.value), call)

        with Tag("div", classes="actions"):
            quiet_button("Cancel", lambda: ui.navigate.to("/tables"))
            button = working_button("Create", create)
        for entry in (name, description):
            entry.on("keydown.enter", button.act)

        async def load() -> None:
            with notice.watching(clears=False):
                options = {one["id"]: one["name"] for one in await running_deployments(page.session)}
                wanted = page.parameters.get("deployment", "")
                deployment.set_options(options, value=wanted if wanted in options else next(iter(options), None))

        page.soon(load)
