"""What the user asked before, wherever he asked it: searched, run again, copied, put into the editor."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from roarbase.console.api import Call
from roarbase.console.asking import later_sql_call, query_call
from roarbase.console.components.button import icon_button, quiet_button
from roarbase.console.components.confirm import confirm_by_typing
from roarbase.console.components.duration import duration_text
from roarbase.console.components.moment import moment
from roarbase.console.components.notice import Notice
from roarbase.console.components.tag import Tag
from roarbase.console.frame import Page

__all__ = ["QueryHistory"]

_Entry = Mapping[str, Any]

_PATH = "/v2/queries"
_AT_ONCE = 30
_LOOKS_EVERY_S = 3.0
_SHOWN = 400
_MARKS = {
    "COMPLETED": ("done", "good"),
    "RUNNING": ("running", "busy"),
    "FAILED": ("failed", "bad"),
    "TIMED_OUT": ("timed out", "bad"),
    "CANCELLED": ("cancelled", "bad"),
}
"""The word and the colour of each status."""


class QueryHistory:
    """A panel; it looks now and then while it is seen.

    Args:
        replay: Runs a call again; given its statement, too.
        insert: Puts a text into the editor.
        show: Shows a call that was made.
    """

    def __init__(
        self,
        page: Page,
        notice: Notice,
        *,
        replay: Callable[[Call, str], Awaitable[None]],
        insert: Callable[[str], None],
        show: Callable[[Call], None],
    ) -> None:
        self._page, self._notice, self._replay, self._insert = page, notice, replay, insert
        self._show_call = show
        self._deployments: Mapping[str, str] = {}
        self._is_seen = False
        self._wanted = _AT_ONCE
        self._shown_for, self._shown = "", list[_Entry]()
        self._can_show_more = False
        with Tag("div", classes="schema", role="region", aria_label="History"):
            self._search = ui.input("Search what was asked", on_change=self._search_again)
            self._search.props("outlined dense clearable debounce=300").classes("wide")
            self._place = Tag("div", classes="schema__list")
        page.every(_LOOKS_EVERY_S, self.look)

    def know(self, deployments: Mapping[str, str]) -> None:
        """Name these deployments by their ids."""
        self._deployments = deployments

    async def show(self, *, is_seen: bool) -> None:
        """Whether somebody sees it."""
        self._is_seen = is_seen
        await self.look()

    async def look(self) -> None:
        """Ask the service, and draw what is new."""
        if not self._is_seen:
            return
        with self._notice.watching(clears=False):
            asked = self._parameters()
            page = await self._page.session.get(f"{_PATH}?{asked}")
            is_late = asked != self._parameters()  # something else is searched by now, and asked for as well
            if not is_late and (asked, page["resources"]) != (self._shown_for, self._shown):
                self._shown_for, self._shown, self._can_show_more = asked, page["resources"], "next" in page
                self._draw()

    def _parameters(self) -> str:
        return urlencode({"limit": self._wanted, "search": (self._search.value or "").strip()})

    async def _search_again(self) -> None:
        self._wanted = _AT_ONCE
        await self.look()

    async def _show_more(self) -> None:
        self._wanted = min(self._wanted + 10 * _AT_ONCE, 1000)
        await self.look()

    def _draw(self) -> None:
        self._place.clear()
        with self._place:
            if not self._shown:
                Tag("p", "Nothing matches." if self._search.value else "Nothing was asked yet.", classes="quiet")
                return
            with Tag("ol", classes="past"):
                for entry in self._shown:
                    self._draw_entry(entry)
            with Tag("div", classes="toolbar"):
                if self._can_show_more and self._wanted < 1000:
                    quiet_button("Show more", self._show_more)
                quiet_button("Forget all", self._forget, "delete_sweep")

    def _draw_entry(self, entry: _Entry) -> None:
        word, colour = _MARKS.get(entry["status"], (entry["status"].lower(), "bad"))
        text = entry["statement"]
        with Tag("li", classes=f"past__entry past__entry--{colour}", title=entry.get("error", "")):
            Tag("pre", text[:_SHOWN] + ("…" if len(text) > _SHOWN else ""), classes="past__text", title=text[:4000])
            with Tag("div", classes="past__facts quiet"):
                Tag("span", word, classes=f"badge badge--{colour}")
                Tag("span", duration_text(entry["duration_us"] / 10**6))
                if entry["status"] == "COMPLETED":
                    Tag("span", f"{entry['rows']:,} row{'' if entry['rows'] == 1 else 's'}")
                moment(entry["started_at"])
                name = self._deployments.get(entry["database_id"])
                Tag("span", name or "a deployment that has gone", classes="past__where")
            if entry.get("error"):
                Tag("p", entry["error"][:_SHOWN], classes="past__error")
            with Tag("div", classes="past__actions"):
                self._draw_actions(entry, name is not None)

    def _draw_actions(self, entry: _Entry, can_ask: bool) -> None:
        text = entry["statement"]
        again = icon_button("replay", "Run again", lambda: self._replay(_call_of(entry), text))
        if not entry["is_whole"]:
            again.disable()
            again._props["title"] = "Not the whole statement is kept: it was very long, or held a secret"
        elif not can_ask:
            again.disable()
            again._props["title"] = "Its deployment is not running any more"
        icon_button("edit", "Put into the editor", lambda: self._insert(text))
        quoted = json.dumps(text).replace("<", "\\u003c")
        icon_button("content_copy", "Copy the statement").on(
            "click", js_handler=f"() => window.roarbase.copy({quoted})"
        )

    def _forget(self) -> None:
        async def forget() -> None:
            call = Call("DELETE", _PATH)
            await self._page.session.make(call)
            self._show_call(call)
            await self.look()

        consequence = "Your history of statements goes, on all your devices."
        confirm_by_typing("Forget what you asked", consequence, forget, verb="Forget")


def _call_of(entry: _Entry) -> Call:
    if entry["language"] == "later_sql":
        return later_sql_call(entry["database_id"], entry["statement"])
    return query_call(entry["database_id"], entry["language"], entry["statement"])
