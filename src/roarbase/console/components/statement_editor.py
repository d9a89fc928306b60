"""The editor of the Query page: both languages coloured and completed, each statement in its own."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from roarbase import __version__
from roarbase.console.components.editor import MOST_CHARACTERS, code_editor, said_by_page
from roarbase.console.vocabulary import vocabulary

__all__ = ["EditorState", "StatementEditor"]

_SCRIPT = f'<script type="module" src="/console/static/query.js?{__version__}"></script>'
_LOADED = "while (!window.roarbase) await new Promise(resolve => setTimeout(resolve, 20));"
_PATIENCE_S = 10.0


@dataclass(frozen=True, kw_only=True)
class EditorState:
    """What stands in it. Places count characters.

    Attributes:
        place: Where the cursor is.
        selected: What is selected, and
        selected_at: where that begins.
    """

    text: str
    place: int
    selected: str
    selected_at: int


class StatementEditor:
    """One per page, for its script is the page's.

    Args:
        run: Called when the user wants to run what is under the cursor.
        keep: Called with each text that was typed.
    """

    def __init__(self, value: str, *, run: Callable[[], Any], keep: Callable[[str], Any]) -> None:
        ui.add_head_html(_SCRIPT)
        self._drawn = value
        self._editor = code_editor("Statements", language=None, value=value)
        self._editor.map_key("Mod-Enter", run)
        self._editor.on_value_change(lambda: keep(self._editor.value or ""))

    async def set_up(self) -> None:
        """Teach it the languages, once the page stands in the browser."""
        await self._call("setUpEditor", vocabulary(), self._drawn)

    async def know(self, deployments: list[str], tables: Sequence[Mapping[str, Any]]) -> None:
        """Complete these names."""
        known = [
            {"name": t["name"], "fields": [{"name": f["name"], "type": f["type"]} for f in t["fields"]]} for t in tables
        ]
        await self._call("know", {"deployments": deployments, "tables": known})

    async def state(self) -> EditorState:
        """What stands in it now.

        Raises:
            PayloadTooLarge: More than a page can say.
            Unavailable: The page did not say in time.
        """
        text, place, selected, selected_at = await said_by_page(self._code("stateOf", MOST_CHARACTERS))
        return EditorState(text=text, place=place, selected=selected, selected_at=selected_at)

    def show_fault(self, place: int | None) -> None:
        """Underline the word at a place, until something is typed; None: nothing any more."""
        ui.run_javascript(self._code("showFault", place))

    def insert(self, text: str) -> None:
        """Put a text where the cursor is."""
        ui.run_javascript(self._code("insert", text))

    def insert_name(self, name: str) -> None:
        """Put a table's or field's name where the cursor is, quoted where the statement there needs it."""
        ui.run_javascript(self._code("insertName", name))

    def insert_select(self, table: str) -> None:
        """Put a SELECT of a whole table where the cursor is."""
        ui.run_javascript(self._code("insertSelect", table))

    async def _call(self, name: str, *arguments: object) -> Any:
        return await ui.run_javascript(self._code(name, *arguments), timeout=_PATIENCE_S)

    def _code(self, name: str, *arguments: object) -> str:
        given = "".join(f", {json.dumps(each)}" for each in arguments)
        return f"{_LOADED} return await window.roarbase.{name}({self._editor.id}{given});"
