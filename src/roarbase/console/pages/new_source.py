"""New source, in two steps: name and target, then the record schema, checked while it is typed."""

from typing import Any

from nicegui import ui

from roarbase.console.api import Call, path_of
from roarbase.console.components.button import quiet_button, working_button
from roarbase.console.components.editor import code_editor, text_in
from roarbase.console.components.file_button import file_button
from roarbase.console.components.naming import name_input
from roarbase.console.components.notice import Notice, words_of
from roarbase.console.components.tag import Tag, heading
from roarbase.console.frame import Page
from roarbase.console.inventory import running_deployments
from roarbase.console.record_schemas import Problem, definition_text, names_in, problems_of, read_typed
from roarbase.errors import RoarbaseError

__all__ = ["new_source_page"]

_NEW_TABLE = "\N{PLUS SIGN} Create new table"
_KINDS = {"id_field": "ID field: one field of whole numbers", "primary_key_fields": "Primary key fields: one or more"}
_MADE_THEN = "It is made when you go on. Lower-case letters, digits, - and _; a letter first."
_EXAMPLE = """[
  {"name": "id", "path": ["id"], "type": "id"},
  {"name": "species", "path": ["species"], "type": "string", "config": {"Mutex": true}}
]"""


def new_source_page(page: Page) -> None:
    """Draw it."""
    with page.frame("New source", entry="Data sources", back=("Data sources", "/sources")):
        target = _Target(page)
        schema = _Schema(page, target.made)
        target.on_done = schema.open
        schema.on_back = target.open


class _Target:
    """Step 1: deployment, name, table; a new table is made at its end."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.on_done: Any = None
        self.made: list[Call] = []
        with Tag("section", classes="card form") as self._card:
            heading(2, "1 of 2: Name and target")
            self._notice = Notice()
            self._deployment = ui.select({}, label="Deployment", on_change=self._load_tables)
            self._name = name_input("sink", "Source name")
            self._table = ui.select([_NEW_TABLE], value=_NEW_TABLE, label="Table", on_change=self._show_new)
            self._new = name_input("table", "Name of the new table", _MADE_THEN)
            for select in (self._deployment, self._table):
                select.props("outlined").classes("wide")
            with Tag("div", classes="actions"):
                quiet_button("Cancel", lambda: ui.navigate.to("/sources"))
                button = working_button("Next", self._next)
            for entry in (self._name, self._new):
                entry.on("keydown.enter", button.act)
        page.soon(self._load)

    def open(self) -> None:
        """Show this step."""
        self._card.set_visibility(True)

    async def _load(self) -> None:
        with self._notice.watching():
            options = {one["id"]: one["name"] for one in await running_deployments(self._page.session)}
            self._deployment.set_options(options, value=next(iter(options), None))
            if not options:
                self._notice.error("There is no running deployment yet: make one first, and a source then.")

    async def _load_tables(self) -> None:
        if not self._deployment.value:
            return
        with self._notice.watching():
            found = await self._page.session.resources(path_of("v1", "tables", self._deployment.value))
            names = [one["name"] for one in found]
            self._table.set_options([*names, _NEW_TABLE], value=names[0] if names else _NEW_TABLE)

    def _show_new(self) -> None:
        self._new.set_visibility(self._table.value == _NEW_TABLE)

    async def _next(self) -> None:
        makes_table = self._table.value == _NEW_TABLE
        if not self._name.validate() or (makes_table and not self._new.validate()):
            return
        if not self._deployment.value:
            self._notice.error("A source needs a running deployment.")
            return
        with self._notice.watching():
            table = self._new.value if makes_table else self._table.value
            if makes_table:
                call = Call("POST", path_of("v1", "tables", self._deployment.value), {"name": table})
                await self._page.session.make(call)
                self.made.append(call)
                await self._load_tables()
                self._table.set_value(table)
            self._card.set_visibility(False)
            await self.on_done(self._name.value, self._deployment.value, table)


class _Schema:
    """Step 2: what records look like. The service itself checks what is typed, without making anything."""

    def __init__(self, page: Page, made_before: list[Call]) -> None:
        self._page = page
        self._made_before = made_before
        self.on_back: Any = None
        self._target: tuple[str, str, str] = ("", "", "")
        with Tag("section", classes="card") as self._card:
            heading(2, "2 of 2: Define fields")
            with Tag("div", classes="toolbar"):
                Tag("p", "JSON schema definition: an array of fields, or a whole schema pasted.", classes="quiet grow")
                file_button("Upload", self._take_file)
            self._editor = code_editor("JSON schema", language="JSON", value=_EXAMPLE, on_change=self._check)
            self._verdict = Tag("div", classes="stack", role="status")
            self._kind = ui.radio(_KINDS, value="id_field", on_change=self._choose).props('aria-label="ID generation"')
            self._id = ui.select([], label="ID field", on_change=self._check).props("outlined").classes("wide")
            self._keys = ui.select([], label="Primary key fields", multiple=True, on_change=self._check)
            self._keys.props("outlined use-chips").classes("wide")
            self._missing = ui.checkbox("Allow missing fields", on_change=self._check)
            self._notice = Notice()
            with Tag("div", classes="actions"):
                quiet_button("Back", self._back)
                quiet_button("Cancel", lambda: ui.navigate.to("/sources"))
                working_button("Create source", self._create)
        self._card.set_visibility(False)
        self._keys.set_visibility(False)

    async def open(self, name: str, deployment_id: str, table: str) -> None:
        """Show this step, for a source of this name and target."""
        self._target = (name, deployment_id, table)
        self._card.set_visibility(True)
        await self._check()

    def _back(self) -> None:
        self._card.set_visibility(False)
        self.on_back()

    def _take_file(self, text: str | None) -> None:
        if text is None:
            self._notice.error("This file is too large for a schema.")
            return
        self._editor.set_value(text)

    async def _choose(self) -> None:
        self._id.set_visibility(self._kind.value == "id_field")
        self._keys.set_visibility(self._kind.value != "id_field")
        await self._check()

    def _read(self, text: str) -> list[Any] | Problem:
        """The definitions that were typed; what stood around them goes into the form."""
        typed = read_typed(text)
        if isinstance(typed, Problem):
            return typed
        names = names_in(typed.definition)
        around = typed.around
        if around:
            self._editor.set_value(definition_text(typed.definition))
            self._missing.set_value(bool(around.get("allow_missing_fields")))
            self._kind.set_value("primary_key_fields" if around.get("primary_key_fields") else "id_field")
        wanted = around.get("id_field") or self._id.value
        self._id.set_options(names, value=wanted if wanted in names else next(iter(names), None))
        keys = around.get("primary_key_fields") or self._keys.value or []
        self._keys.set_options(names, value=[name for name in keys if name in names])
        return typed.definition

    def _body(self, definition: list[Any]) -> dict[str, Any]:
        name, deployment_id, table = self._target
        by = (
            {"id_field": self._id.value or ""}
            if self._kind.value == "id_field"
            else {"primary_key_fields": self._keys.value or []}
        )
        return {
            "name": name,
            "sink_details": {"deployment_id": deployment_id, "table": table},
            "schema": {**by, "allow_missing_fields": bool(self._missing.value), "definition": definition},
        }

    async def _check(self) -> None:
        if not self._target[0]:
            return
        text = ""
        try:
            text = await text_in(self._editor)
            definition = self._read(text)
            if isinstance(definition, Problem):
                self._show([definition])
                return
            await self._page.session.send("POST", "/v1/sinks?dry_run=true", self._body(definition))
        except RoarbaseError as error:
            self._show(problems_of(error.message, text))
        else:
            self._show([])

    def _show(self, problems: list[Problem]) -> None:
        self._verdict.clear()
        with self._verdict:
            if not problems:
                Tag("p", "The schema is in order.", classes="notice notice--done")
            for problem in problems:
                place = f"Line {problem.line}: " if problem.line else ""
                Tag("p", place + problem.text, classes="notice notice--error")

    async def _create(self) -> None:
        self._notice.clear()
        try:
            definition = self._read(await text_in(self._editor))
            if isinstance(definition, Problem):
                self._show([definition])
                return
            call = Call("POST", "/v1/sinks", self._body(definition))
            made = await self._page.session.make(call)
        except RoarbaseError as error:
            self._notice.error(words_of(error))
        else:
            self._page.go_after(path_of("sources", made["id"]), *self._made_before, call)
