"""Query: an editor for SQL and PQL, the results below it, tables, fields and what was asked before beside it."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

from nicegui import ui

from roarbase.console.answers import Table
from roarbase.console.api import Call
from roarbase.console.asking import later_sql_call, query_call, tables_for
from roarbase.console.components.button import main_button, quiet_button
from roarbase.console.components.curl import CurlView
from roarbase.console.components.duration import duration_text
from roarbase.console.components.notice import Notice, words_of
from roarbase.console.components.result import show_error, show_table
from roarbase.console.components.statement_editor import EditorState, StatementEditor
from roarbase.console.components.tag import Tag
from roarbase.console.frame import Page
from roarbase.console.inventory import Resource, running_deployments, tables_of
from roarbase.console.limits import Limited, with_limit
from roarbase.console.pages.query_history import QueryHistory
from roarbase.console.pages.schema_browser import SchemaBrowser
from roarbase.console.session import SessionEnded
from roarbase.console.statements import Statement, all_statements, line_and_column, statement_at
from roarbase.errors import RelatedResourceNotFound, RoarbaseError, StatementError

__all__ = ["query_page"]

_LIMITS = {10: "10", 100: "100", 1000: "1,000", 10000: "10,000"}
_DRAFT = "query"
_LONGEST_DRAFT = 100_000
_MOST_AT_ONCE = 100
_TICK_S = 0.5
_CHANGES_TABLES = ("create", "alter", "drop", "insert", "bulk", "copy", "replace")


def query_page(page: Page) -> None:
    """Draw it."""
    with page.frame("Query") as notice:
        _Query(page, notice)


class _Query:
    """The page's parts, and the one statement that may be running."""

    def __init__(self, page: Page, notice: Notice) -> None:
        self._page = page
        self._notice = notice
        self._deployments: dict[str, str] = {}
        self._task: asyncio.Task[Sequence[Table]] | None = None
        self._is_busy = self._is_cancelled = False
        self._since, self._of = 0.0, ""
        with Tag("section", classes="card", aria_label="Statement"):
            self._draw_bar()
            with Tag("div", classes="query"):
                with Tag("div", classes="stack"):
                    kept = page.session.drafts.get(_DRAFT, "")
                    self._editor = StatementEditor(kept, run=self._run, keep=self._keep)
                    Tag("p", _HINT, classes="quiet hint")
                self._draw_side()
        self._results = Tag("section", classes="stack", aria_label="Results")
        self._curl = CurlView(page.wiring.origins)
        ui.timer(_TICK_S, self._tick)
        page.soon(self._load)

    def _draw_bar(self) -> None:
        with Tag("div", classes="toolbar"):
            self._go = main_button("Run", self._run, "play_arrow")
            self._go_all = quiet_button("Run all", self._run_all, "playlist_play")
            self._stop = quiet_button("Cancel", self._cancel, "stop")
            self._stop.disable()
            self._elapsed = Tag("span", classes="quiet grow query__status", role="status")
            self._deployment = ui.select({}, label="Deployment", on_change=self._browse)
            self._limit = ui.select(_LIMITS, value=100, label="Limit")
            for select in (self._deployment, self._limit):
                select.props("outlined dense").classes("choice")

    def _draw_side(self) -> None:
        with Tag("div", classes="side"):
            with ui.tabs().props("dense no-caps align=left indicator-color=primary") as tabs:
                ui.tab("Schema")
                ui.tab("History")
            with ui.tab_panels(tabs, value="Schema", animated=False).classes("side__panels"):
                with ui.tab_panel("Schema"):
                    self._browser = SchemaBrowser(insert=self._editor.insert_name, select=self._editor.insert_select)
                with ui.tab_panel("History"):
                    self._history = QueryHistory(
                        self._page,
                        self._notice,
                        replay=self._replay,
                        insert=self._editor.insert,
                        show=lambda call: self._curl.show(call),
                    )
            tabs.on_value_change(lambda: self._history.show(is_seen=tabs.value == "History"))

    def _keep(self, text: str) -> None:
        self._page.session.drafts[_DRAFT] = text[:_LONGEST_DRAFT]

    async def _load(self) -> None:
        with self._notice.watching():
            self._deployments = {one["id"]: one["name"] for one in await running_deployments(self._page.session)}
            first = next(iter(self._deployments), None)
            self._deployment.set_options(self._deployments, value=first)
            self._history.know(self._deployments)
            await self._editor.set_up()
            if first is None:
                self._notice.error("There is no running deployment to ask yet: make one first.")
            else:
                await self._browse()

    async def _browse(self) -> None:
        with self._notice.watching(clears=False):
            tables = await self._tables()
            self._browser.show(tables)
            await self._editor.know(sorted(self._deployments.values()), tables)

    async def _tables(self) -> list[Resource]:
        chosen = self._deployment.value
        return (
            await tables_of(self._page.session, [{"id": chosen, "name": self._deployments[chosen]}]) if chosen else []
        )

    # ---- running -------------------------------------------------------------------------------

    async def _run(self) -> None:
        """What is selected, or the statement under the cursor."""
        await self._start(all_of_it=False)

    async def _run_all(self) -> None:
        await self._start(all_of_it=True)

    async def _start(self, *, all_of_it: bool) -> None:
        if self._is_busy:
            return
        self._is_busy = True  # before the editor is asked: who presses twice runs once
        try:
            state = await self._editor_state_or_none()
            if state is None:
                return
            statements = _wanted(state, all_of_it=all_of_it)
            if not statements:
                self._notice.error(
                    "There is no statement to run." if all_of_it else "There is no statement under the cursor."
                )
            elif len(statements) > _MOST_AT_ONCE:
                self._notice.error(f"There are {len(statements)} statements; at most {_MOST_AT_ONCE} are run at once.")
            else:
                await self._run_each(statements, state.text)
        finally:
            self._is_busy = False

    async def _editor_state_or_none(self) -> EditorState | None:
        """What stands in the editor; None, and a notice, where the page did not say in time, or cannot say so much."""
        try:
            return await self._editor.state()
        except RoarbaseError as error:
            self._notice.error(words_of(error))
            return None

    async def _run_each(self, statements: list[Statement], text: str) -> None:
        """One after the other, up to the first that fails."""
        self._notice.clear()
        self._results.clear()
        self._editor.show_fault(None)
        for number, statement in enumerate(statements, 1):
            self._of = f" ({number} of {len(statements)})" if len(statements) > 1 else ""
            limited = with_limit(statement, int(self._limit.value))
            if not await self._run_one(statement, limited, text):
                break
        if any(each.text.lower().startswith(_CHANGES_TABLES) for each in statements):
            await self._browse()

    async def _run_one(self, statement: Statement, limited: Limited, text: str) -> bool:
        """Run it and show what comes. False: nothing more is to be run."""
        try:
            target = self._target(statement)
            sql = statement.language == "sql"
            call = later_sql_call(target, limited.text) if sql else query_call(target, "pql", limited.text)
            return await self._make(call, statement.text)
        except SessionEnded:
            ui.navigate.to("/sign-in")
        except RoarbaseError as error:
            with self._results:
                show_error(self._words(error, statement, limited, text), statement.text)
        return False

    def _words(self, error: RoarbaseError, statement: Statement, limited: Limited, text: str) -> str:
        """What is said of an error: its place is one in the editor, where it is underlined, too."""
        if isinstance(error, StatementError) and error.line:
            place = statement.start + limited.place_before(error.line, error.column)
            self._editor.show_fault(min(place, len(text)))
            error.line, error.column = line_and_column(text, place)
        return words_of(error)

    async def _make(self, call: Call, statement: str) -> bool:
        self._curl.show(call)
        try:
            tables = await self._answered(call)
        finally:
            await self._history.look()
        with self._results:
            for table in tables:
                show_table(table, statement, int(self._limit.value))
        return bool(tables)

    async def _replay(self, call: Call, statement: str) -> None:
        """Run again what was run before."""
        if self._is_busy:
            return
        self._is_busy = True
        self._of = ""
        self._results.clear()
        self._notice.clear()
        try:
            await self._make(call, statement)
        except SessionEnded:
            ui.navigate.to("/sign-in")
        except RoarbaseError as error:
            with self._results:
                show_error(words_of(error), statement)
        finally:
            self._is_busy = False

    def _target(self, statement: Statement) -> str:
        if not statement.deployment:
            if not self._deployment.value:
                raise RelatedResourceNotFound("there is no running deployment to ask")
            return str(self._deployment.value)
        for deployment_id, name in self._deployments.items():
            if statement.deployment in (name, deployment_id):
                return deployment_id
        raise RelatedResourceNotFound(f"no running deployment is called {statement.deployment!r}")

    async def _answered(self, call: Call) -> Sequence[Table]:
        """Ask, so that it can be cancelled; nothing where it was."""
        self._since, self._is_cancelled = time.monotonic(), False
        self._task = asyncio.create_task(tables_for(self._page.session, call))
        self._set_running(is_running=True)
        try:
            tables = await self._task
            self._elapsed.set_text(_answered_text(time.monotonic() - self._since, tables))
            return tables
        except (asyncio.CancelledError, RoarbaseError):
            # The service may end a cancelled request in its own words: that it stopped before it was finished.
            self._elapsed.set_text("Cancelled." if self._is_cancelled else "")
            if self._is_cancelled:
                return ()
            raise
        finally:
            self._task = None
            self._set_running(is_running=False)

    def _set_running(self, *, is_running: bool) -> None:
        self._go.set_enabled(not is_running)
        self._go_all.set_enabled(not is_running)
        self._stop.set_enabled(is_running)

    def _cancel(self) -> None:
        if self._task is not None:
            self._is_cancelled = True
            self._task.cancel()

    def _tick(self) -> None:
        if self._task is not None:
            self._elapsed.set_text(f"Running for {duration_text(time.monotonic() - self._since)}{self._of}")


_HINT = (
    "Ctrl+Enter (Cmd+Enter) runs the statement under the cursor, or the selection. Blank lines separate statements; "
    "[table] in front means PQL; {deployment} in front asks another deployment."
)


def _wanted(state: EditorState, *, all_of_it: bool) -> list[Statement]:
    """The statements to run, placed in the whole text."""
    if state.selected.strip() and not all_of_it:
        selected = all_statements(state.selected)
        return [replace(each, start=each.start + state.selected_at) for each in selected]
    if all_of_it:
        return all_statements(state.text)
    found = statement_at(state.text, state.place)
    return [found] if found else []


def _answered_text(seconds: float, tables: Sequence[Table]) -> str:
    engine_us = sum(table.engine_us for table in tables)
    of_it = f", {duration_text(engine_us / 10**6)} of it in the engine" if engine_us else ""
    return f"Answered in {duration_text(seconds)}{of_it}."
