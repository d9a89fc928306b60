"""One table: its fields as they come into being, how many records it has, the first of them."""

from functools import partial
from typing import Any

from nicegui import ui

from roarbase.client.answers import Answer
from roarbase.console.api import path_of
from roarbase.console.asking import answers_to
from roarbase.console.components.button import danger_button
from roarbase.console.components.cells import answer_table
from roarbase.console.components.curl import CurlView
from roarbase.console.components.facts import facts
from roarbase.console.components.moment import moment
from roarbase.console.components.tag import Tag, heading
from roarbase.console.frame import Page
from roarbase.console.pages.tables import drop_table
from roarbase.errors import ResourceNotFound

__all__ = ["table_page"]

_LOOKS_EVERY_S = 3.0
_FIRST_ROWS = 10


def table_page(page: Page) -> None:
    """Draw it."""
    deployment_id, name = page.parameters["deployment_id"], page.parameters["name"]
    shown: dict[str, Any] = {}
    with page.frame(name, entry="Tables", back=("Tables", "/tables")) as notice:
        place = Tag("div", classes="stack")
        curl = CurlView(page.wiring.origins)

        async def load() -> None:
            with notice.watching():
                try:
                    found = await _found(page, deployment_id, name)
                except ResourceNotFound:
                    ui.navigate.to("/tables")
                    return
                if found != shown:
                    shown.update(found)
                    place.clear()
                    with place:
                        _draw(page, found, curl, load)

        page.every(_LOOKS_EVERY_S, load)


async def _found(page: Page, deployment_id: str, name: str) -> dict[str, Any]:
    session, ask = page.session, partial(answers_to, page.session, deployment_id, is_remembered=False)
    table = await session.get(path_of("v1", "tables", deployment_id, name))
    deployment = await session.get(path_of("v1", "deployments", deployment_id))
    (count,) = await ask("pql", f"[{name}]Count(All())")
    first: Answer | None = None
    if table["fields"]:
        (first,) = await ask("sql", f"select * from `{name}` limit {_FIRST_ROWS}")
    return {"table": {**table, "deployment": deployment["name"]}, "count": count.value, "first": first}


def _draw(page: Page, found: dict[str, Any], curl: CurlView, then: Any) -> None:
    table = found["table"]
    with Tag("section", classes="card"):
        heading(2, "Details")
        facts(
            ("Records", f"{found['count']:,}"),
            ("Description", table["description"]),
            ("Deployment", lambda: ui.link(table["deployment"], path_of("deployments", table["deployment_id"]))),
            ("Known by", _KINDS[table["options"]["keys"]]),
            ("Owner", table["owner"]),
            ("Created", lambda: moment(table["created_at"])),
        )
        with Tag("div", classes="actions"):
            danger_button("Drop table", lambda: drop_table(page, table, curl, then))
    with Tag("section", classes="card"):
        heading(2, "Fields")
        _draw_fields(table["fields"])
    with Tag("section", classes="card"):
        heading(2, "First records")
        if found["first"] is None or not found["first"].rows:
            Tag("p", "There are no records yet.", classes="quiet")
        else:
            with Tag("div", classes="scroll", tabindex="0", aria_label="First records", role="region"):
                answer_table(found["first"])


_KINDS = {None: "The first data source decides", True: "Strings", False: "Numbers"}


def _draw_fields(fields: list[dict[str, Any]]) -> None:
    if not fields:
        Tag("p", "There are none yet: they come into being with the first data source.", classes="quiet")
        return
    with Tag("div", classes="scroll"), Tag("table", classes="list"):
        with Tag("thead"), Tag("tr"):
            for name in ("Name", "Type", "Options"):
                Tag("th", name, scope="col")
        with Tag("tbody"):
            for field in fields:
                with Tag("tr"):
                    Tag("td", field["name"])
                    Tag("td", field["type"])
                    Tag("td", _options_text(field["options"]), classes="quiet")


def _options_text(options: dict[str, Any]) -> str:
    """The options that differ from nothing, such as `keys, scale 2`."""
    said = {name: value for name, value in options.items() if name != "type" and value not in (None, False, "", 0)}
    return ", ".join(name if value is True else f"{name} {value}" for name, value in said.items())
