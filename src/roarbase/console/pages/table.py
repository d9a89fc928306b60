"""One table: its fields as they come into being, how many records it has, the first of them."""

from functools import partial
from typing import Any

from nicegui import ui

from roarbase.client.answers import Answer
from roarbase.console.api import Call, path_of
from roarbase.console.asking import answers_to
from roarbase.console.components.button import danger_button
from roarbase.console.components.cells import answer_table
from roarbase.console.components.confirm import Done
from roarbase.console.components.facts import facts
from roarbase.console.components.moment import moment
from roarbase.console.components.part import Part
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
    with page.frame(name, entry="Tables", back=("Tables", "/tables")) as notice:

        async def done(call: Call) -> None:
            page.go_after("/tables", call)

        details = Part[tuple[dict[str, Any], object]](lambda shown: _draw_details(page, *shown, done), waits=True)
        fields = Part(_draw_fields)
        records = Part(_draw_records)
        page.curl_view()

        async def load() -> None:
            with notice.watching():
                try:
                    table, count, first = await _found(page, deployment_id, name)
                except ResourceNotFound:
                    ui.navigate.to("/tables")
                    return
                details.show(({**table, "fields": []}, count))
                fields.show(table["fields"])
                records.show(first)

        page.every(_LOOKS_EVERY_S, load)


async def _found(page: Page, deployment_id: str, name: str) -> tuple[dict[str, Any], object, Answer | None]:
    """The table with its deployment's name, how many records it has, and the first of them."""
    session, ask = page.session, partial(answers_to, page.session, deployment_id, is_remembered=False)
    table = await session.get(path_of("v1", "tables", deployment_id, name))
    deployment = await session.get(path_of("v1", "deployments", deployment_id))
    (count,) = await ask("pql", f"[{name}]Count(All())")
    first: Answer | None = None
    if table["fields"]:
        (first,) = await ask("sql", f"select * from `{name}` limit {_FIRST_ROWS}")
    return {**table, "deployment": deployment["name"]}, count.value, first


def _draw_details(page: Page, table: dict[str, Any], count: object, done: Done) -> None:
    heading(2, "Details")
    facts(
        ("Records", f"{count:,}"),
        ("Description", table["description"]),
        ("Deployment", lambda: ui.link(table["deployment"], path_of("deployments", table["deployment_id"]))),
        ("Known by", _KINDS[table["options"]["keys"]]),
        ("Owner", table["owner"]),
        ("Created", lambda: moment(table["created_at"])),
    )
    with Tag("div", classes="actions"):
        danger_button("Drop table", lambda: drop_table(page, table, done))


def _draw_records(first: Answer | None) -> None:
    heading(2, "First records")
    if first is None or not first.rows:
        Tag("p", "There are no records yet.", classes="quiet")
        return
    with Tag("div", classes="scroll", tabindex="0", aria_label="First records", role="region"):
        answer_table(first)


_KINDS = {None: "The first data source decides", True: "Strings", False: "Numbers"}


def _draw_fields(fields: list[dict[str, Any]]) -> None:
    heading(2, "Fields")
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
