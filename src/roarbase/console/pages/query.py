"""Query: an editor for SQL and PQL, the result below it, the tables and fields beside it."""

import asyncio
import json
import time
from collections.abc import Sequence

from nicegui import ui

from roarbase.client.answers import Answer
from roarbase.console.asking import answers_to, query_call
from roarbase.console.components.button import main_button, quiet_button
from roarbase.console.components.curl import CurlView
from roarbase.console.components.editor import code_editor
from roarbase.console.components.grid import result_grid
from roarbase.console.components.notice import Notice
from roarbase.console.components.tag import Tag, heading
from roarbase.console.frame import Page
from roarbase.console.inventory import running_deployments, tables_of
from roarbase.console.pages.schema_browser import SchemaBrowser
from roarbase.console.statements import Statement, statement_at, with_limit
from roarbase.errors import RelatedResourceNotFound

__all__ = ["query_page"]

_LIMITS = {10: "10", 100: "100", 1000: "1,000", 10000: "10,000"}
_DRAFT = "query"
_TICK_S = 0.5


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
        self._task: asyncio.Task[Sequence[Answer]] | None = None
        self._since = 0.0
        with Tag("section", classes="card", aria_label="Statement"):
            self._draw_bar()
            with Tag("div", classes="query"):
                self._editor = code_editor("Statements", language="SQL", value=page.session.drafts.get(_DRAFT, ""))
                self._editor.map_key("Mod-Enter", self._run)
                self._editor.on_value_change(self._keep)
                self._browser = SchemaBrowser(self._insert)
            Tag("p", _HINT, classes="quiet")
        self._result = Tag("section", classes="stack", aria_label="Result", aria_live="polite")
        self._curl = CurlView(page.wiring.origins)
        ui.timer(_TICK_S, self._tick)
        page.soon(self._load)

    def _draw_bar(self) -> None:
        with Tag("div", classes="toolbar"):
            self._go = main_button("Run", self._run, "play_arrow")
            self._stop = quiet_button("Cancel", self._cancel, "stop")
            self._stop.disable()
            self._elapsed = Tag("span", classes="quiet grow", role="status")
            self._deployment = ui.select({}, label="Deployment", on_change=self._browse)
            self._limit = ui.select(_LIMITS, value=100, label="Limit")
            for select in (self._deployment, self._limit):
                select.props("outlined dense").classes("choice")

    def _keep(self) -> None:
        self._page.session.drafts[_DRAFT] = (self._editor.value or "")[:100_000]

    def _insert(self, text: str) -> None:
        quoted = json.dumps(text)
        ui.run_javascript(
            f"const view = getElement({self._editor.id}).editor;"
            f"view.dispatch(view.state.replaceSelection({quoted})); view.focus();"
        )

    async def _load(self) -> None:
        with self._notice.watching():
            self._deployments = {one["id"]: one["name"] for one in await running_deployments(self._page.session)}
            first = next(iter(self._deployments), None)
            self._deployment.set_options(self._deployments, value=first)
            if first is None:
                self._notice.error("There is no running deployment to ask yet: make one first.")

    async def _browse(self) -> None:
        chosen = self._deployment.value
        if chosen:
            with self._notice.watching():
                one = {"id": chosen, "name": self._deployments[chosen]}
                self._browser.show(await tables_of(self._page.session, [one]))

    async def _run(self) -> None:
        if self._task is not None:
            return
        statement = await self._wanted()
        if statement is None:
            self._notice.error("There is no statement under the cursor.")
            return
        self._result.clear()
        with self._notice.watching():
            deployment_id = self._target(statement)
            text = with_limit(statement, int(self._limit.value))
            self._curl.show(query_call(deployment_id, statement.language, text))
            answers = await self._answers(deployment_id, statement.language, text)
            with self._result:
                for answer in answers:
                    self._show(answer)
            if statement.language == "sql" and not text[:6].lower().startswith("select"):
                await self._browse()

    async def _wanted(self) -> Statement | None:
        """The selection, or the statement under the cursor."""
        found = await ui.run_javascript(
            f"const s = getElement({self._editor.id}).editor.state, r = s.selection.main;"
            "return [s.doc.toString(), [...s.sliceDoc(0, r.head)].length, s.sliceDoc(r.from, r.to)]",
            timeout=10,
        )
        if not found:
            return None
        text, place, selected = found
        return statement_at(selected, 0) if selected.strip() else statement_at(text, place)

    def _target(self, statement: Statement) -> str:
        if not statement.deployment:
            if not self._deployment.value:
                raise RelatedResourceNotFound("there is no running deployment to ask")
            return str(self._deployment.value)
        for deployment_id, name in self._deployments.items():
            if statement.deployment in (name, deployment_id):
                return deployment_id
        raise RelatedResourceNotFound(f"no running deployment is called {statement.deployment!r}")

    async def _answers(self, deployment_id: str, language: str, text: str) -> Sequence[Answer]:
        """Run it, so that it can be cancelled."""
        self._since = time.monotonic()
        self._task = asyncio.create_task(answers_to(self._page.session, deployment_id, language, text))
        self._go.disable()
        self._stop.enable()
        try:
            answers = await self._task
            self._elapsed.set_text(f"Answered in {_duration(time.monotonic() - self._since)}.")
            return answers
        except asyncio.CancelledError:
            self._elapsed.set_text("Cancelled.")
            return ()
        except BaseException:
            self._elapsed.set_text("")
            raise
        finally:
            self._task = None
            self._go.enable()
            self._stop.disable()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _tick(self) -> None:
        if self._task is not None:
            self._elapsed.set_text(f"Running for {_duration(time.monotonic() - self._since)}")

    def _show(self, answer: Answer) -> None:
        with Tag("div", classes="card"):
            if answer.columns:
                result_grid(answer, int(self._limit.value))
            else:
                heading(2, "Done")
                Tag("p", "The statement has no rows to show.", classes="quiet")


_HINT = (
    "Ctrl+Enter (Cmd+Enter) runs the statement under the cursor, or the selection. Blank lines separate statements; "
    "[table] in front means PQL; {deployment} in front asks another deployment."
)


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
