"""One data source: its endpoint, a command that feeds it, and records sent from here with the verdict of each."""

import json
from typing import Any

from nicegui import ui

from roarbase.console.api import Call, path_of
from roarbase.console.components.badge import badge
from roarbase.console.components.button import danger_button, working_button
from roarbase.console.components.confirm import Done
from roarbase.console.components.curl import CurlView, copyable
from roarbase.console.components.editor import code_editor, text_in
from roarbase.console.components.facts import facts
from roarbase.console.components.file_button import file_button
from roarbase.console.components.moment import moment
from roarbase.console.components.notice import Notice
from roarbase.console.components.part import Part
from roarbase.console.components.tag import Tag, heading
from roarbase.console.frame import Page
from roarbase.console.inventory import Resource
from roarbase.console.pages.sources import delete_source
from roarbase.console.record_schemas import example_record
from roarbase.errors import ResourceNotFound

__all__ = ["source_page"]

_LOOKS_EVERY_S = 2.0
_MOST_VERDICTS = 100


def source_page(page: Page) -> None:
    """Draw it."""
    sink_id = page.parameters["id"]
    with page.frame("Data source", entry="Data sources", back=("Data sources", "/sources")) as notice:

        async def done(call: Call) -> None:
            page.go_after("/sources", call)

        details = Part[Resource](lambda one: _draw_details(page, one, done), waits=True)
        deployments: dict[str, str] = {}
        endpoint = Part[Resource](lambda one: _draw_endpoint(page, one))
        schema = Part(_draw_schema)
        sending = Part[Resource](lambda one: _draw_sending(page, one, curl))
        curl = page.curl_view()

        async def load() -> None:
            with notice.watching():
                try:
                    one = await page.session.get(path_of("v1", "sinks", sink_id))
                except ResourceNotFound:
                    ui.navigate.to("/sources")
                    return
                deployment_id = one["sink_details"]["deployment_id"]
                if deployment_id not in deployments:
                    deployments[deployment_id] = await _deployment_name(page, deployment_id)
                details.show({**one, "deployment": deployments[deployment_id]})
                lasting = {name: one[name] for name in ("id", "endpoint", "schema")}
                endpoint.show(lasting)
                schema.show(one["schema"])
                sending.show(lasting)

        page.every(_LOOKS_EVERY_S, load)


async def _deployment_name(page: Page, deployment_id: str) -> str:
    return str((await page.session.get(path_of("v1", "deployments", deployment_id)))["name"])


def _draw_details(page: Page, one: Resource, done: Done) -> None:
    target = one["sink_details"]
    heading(2, one["name"])
    facts(
        ("Status", lambda: badge(one["status"])),
        ("Reason", one.get("reason", "")),
        ("Deployment", lambda: ui.link(one["deployment"], path_of("deployments", target["deployment_id"]))),
        ("Table", lambda: ui.link(target["table"], path_of("tables", target["deployment_id"], target["table"]))),
        ("Records are known by", _known_by(one["schema"])),
        ("Missing fields", "Allowed" if one["schema"].get("allow_missing_fields") else "The record is refused"),
        ("Owner", one["owner"]),
        ("Created", lambda: moment(one["created_at"])),
        ("Id", lambda: Tag("code", one["id"])),
    )
    with Tag("div", classes="actions"):
        danger_button("Delete source", lambda: delete_source(page, one, done))


def _known_by(schema: Resource) -> str:
    """The field or fields that give a record its id or key."""
    keys = schema.get("primary_key_fields") or []
    return ", ".join(keys) if keys else str(schema.get("id_field") or "")


def _draw_endpoint(page: Page, one: Resource) -> None:
    heading(2, "Streaming endpoint")
    copyable(one["endpoint"], "the endpoint")
    Tag("p", "Post records to it, a thousand at once or one; each gets a verdict.", classes="quiet")
    copyable(_example_call(one).curl(page.wiring.origins), "the command")


def _draw_schema(schema: Resource) -> None:
    with ui.expansion("Record schema").classes("wide"):
        copyable(json.dumps(schema, indent=2, ensure_ascii=False), "the schema")


def _example_call(one: Resource) -> Call:
    body = {"records": [{"value": example_record(one["schema"])}]}
    return Call("POST", path_of("v1", "sinks", one["id"]), body)


def _draw_sending(page: Page, one: Resource, curl: CurlView) -> None:
    example = {"records": [{"value": example_record(one["schema"])}]}
    heading(2, "Send records")
    editor = code_editor("Records", language="JSON", value=json.dumps(example, indent=2, ensure_ascii=False))
    notice = Notice()
    verdicts = Tag("div", classes="stack", aria_live="polite")

    def take(text: str | None) -> None:
        if text is None:
            notice.error("This file is too large to be sent from here: send it to the endpoint.")
            return
        editor.set_value(text)

    async def send() -> None:
        verdicts.clear()
        with notice.watching():
            call = Call("POST", path_of("v1", "sinks", one["id"]), await text_in(editor))
            answer = await page.session.make(call)
            curl.show(call)
            with verdicts:
                _draw_verdicts(answer)

    with Tag("div", classes="actions"):
        file_button("Take a file", take)
        working_button("Send records", send)


def _draw_verdicts(answer: dict[str, Any]) -> None:
    Tag("p", f"{answer['success_count']:,} taken, {answer['error_count']:,} refused.")
    records = answer["records"]
    with Tag("div", classes="scroll"), Tag("table", classes="list"):
        with Tag("thead"), Tag("tr"):
            for name in ("Record", "Verdict", "Why"):
                Tag("th", name, scope="col")
        with Tag("tbody"):
            for number, verdict in _worth_showing(records):
                with Tag("tr"):
                    Tag("td", str(number))
                    with Tag("td"):
                        badge_of_verdict = "good" if verdict["status"] == "success" else "bad"
                        Tag("span", verdict["status"], classes=f"badge badge--{badge_of_verdict}")
                    Tag("td", verdict.get("error_message", ""))
    if len(records) > _MOST_VERDICTS:
        Tag("p", f"{_MOST_VERDICTS} of {len(records):,} are shown, refused ones first.", classes="quiet")


def _worth_showing(records: list[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    """Each record's place from 1, in order; of many, those refused before those taken."""
    numbered = list(enumerate(records, 1))
    if len(numbered) > _MOST_VERDICTS:
        numbered.sort(key=lambda one: one[1]["status"] == "success")
    return sorted(numbered[:_MOST_VERDICTS], key=lambda one: one[0])
