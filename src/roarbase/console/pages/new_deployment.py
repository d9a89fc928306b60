"""New deployment: a name and a shape."""

from nicegui import ui

from roarbase.console.api import Call
from roarbase.console.components.button import quiet_button, working_button
from roarbase.console.components.naming import name_input
from roarbase.console.components.tag import Tag
from roarbase.console.frame import Page

__all__ = ["new_deployment_page"]

_GIB = 2**30


def new_deployment_page(page: Page) -> None:
    """Draw it."""
    with (
        page.frame("New deployment", entry="Deployments", back=("Deployments", "/deployments")) as notice,
        Tag("section", classes="card form", aria_label="New deployment"),
    ):
        name = name_input("deployment")
        shape = ui.select({}, label="Shape").props("outlined").classes("wide")
        Tag(
            "p",
            "The shape bounds the memory of the engine: records beyond it are refused, nothing is lost.",
            classes="quiet",
        )

        async def create() -> None:
            if not name.validate():
                return
            body = {"name": name.value, "deployment_options": {"shape": shape.value or ""}}
            with notice.watching():
                call = Call("POST", "/v1/deployments", body)
                await page.session.make(call)
                page.go_after("/deployments", call)

        with Tag("div", classes="actions"):
            quiet_button("Cancel", lambda: ui.navigate.to("/deployments"))
            button = working_button("Create", create)
        name.on("keydown.enter", button.act)

        async def load() -> None:
            with notice.watching(clears=False):
                shapes = await page.session.resources("/v1/service-properties/deployment:shapes")
                options = {one["name"]: f"{one['name']} ({one['memory_bytes'] / _GIB:.3g} GiB here)" for one in shapes}
                shape.set_options(options, value=next(iter(options), None))

        page.soon(load)
