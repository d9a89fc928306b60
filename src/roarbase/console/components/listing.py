"""A list of resources: searchable, a table for the eyes and for screen readers alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from roarbase.console.components.button import quiet_button
from roarbase.console.components.tag import Tag

__all__ = ["Column", "Listing"]

_Resource = dict[str, Any]
_AT_ONCE = 100
"""Rows drawn before "Show more": each is a dozen elements that the server remembers."""


@dataclass(frozen=True)
class Column:
    """One column.

    Args:
        name: What stands above it.
        text: What the search looks into, and what is shown unless `draw` says otherwise.
        draw: Draws the cell.
        classes: CSS classes of its cells.
    """

    name: str
    text: Callable[[_Resource], str]
    draw: Callable[[_Resource], object] | None = None
    classes: str = ""


class Listing:
    """Resources as rows.

    Args:
        name: What they are, in the plural: "deployments".
        columns: From the left.
        actions: Draws what can be done with a row, at its end.
        empty: What stands there while there are none.
    """

    def __init__(
        self,
        name: str,
        columns: Sequence[Column],
        *,
        actions: Callable[[_Resource], object] | None = None,
        empty: str = "",
    ) -> None:
        self._name, self._columns, self._actions, self._empty = name, columns, actions, empty
        self._resources: list[_Resource] | None = None
        self._rows: list[tuple[_Resource, Tag]] = []
        self._most = _AT_ONCE
        with Tag("div", classes="toolbar"):
            self._search = ui.input(f"Search {name}", on_change=self._redraw_from_start)
            self._search.props("outlined dense clearable type=search").classes("search")
            self._count = Tag("span", classes="quiet", aria_live="polite")
        self._place = Tag("div", classes="scroll")
        with self._place:
            Tag("p", "Loading", classes="empty")

    def show(self, resources: list[_Resource]) -> None:
        """Draw these. Rows that stand there already stay as they are: the focus may be in one."""
        if resources != self._resources:
            self._resources = resources
            self._redraw()

    def _redraw_from_start(self) -> None:
        self._most = _AT_ONCE
        self._redraw()

    def _redraw(self) -> None:
        if self._resources is None:
            return
        wanted = (self._search.value or "").strip().casefold()
        found = [one for one in self._resources if wanted in self._words(one)]
        self._count.set_text(f"{len(found)} of {len(self._resources)}" if wanted else "")
        if self._has_rows_of(found):
            self._redraw_rows(found)
            return
        self._place.clear()
        self._rows.clear()
        with self._place:
            if not found:
                Tag("p", f"No {self._name} match the search." if wanted else self._empty, classes="empty")
            else:
                self._draw(found[: self._most])
            if len(found) > self._most:
                quiet_button(f"Show more of {len(found):,}", self._show_more)

    def _has_rows_of(self, found: list[_Resource]) -> bool:
        """Whether the rows that stand there are those of the same resources, in the same order."""
        drawn = [one["id"] for one, _ in self._rows]
        return bool(drawn) and len(found) <= self._most and drawn == [one["id"] for one in found]

    def _redraw_rows(self, found: list[_Resource]) -> None:
        for place, ((old, row), new) in enumerate(zip(list(self._rows), found, strict=True)):
            if old != new:
                row.clear()
                with row:
                    self._draw_cells(new)
                self._rows[place] = (new, row)

    def _show_more(self) -> None:
        self._most += 10 * _AT_ONCE
        self._redraw()

    def _words(self, resource: _Resource) -> str:
        return "\n".join(column.text(resource) for column in self._columns).casefold()

    def _draw(self, resources: list[_Resource]) -> None:
        with Tag("table", classes="list"):
            with Tag("thead"), Tag("tr"):
                for column in self._columns:
                    Tag("th", column.name, scope="col", classes=column.classes)
                if self._actions is not None:
                    with Tag("th", scope="col"):
                        Tag("span", "Actions", classes="unseen")
            with Tag("tbody"):
                for resource in resources:
                    self._draw_row(resource)

    def _draw_row(self, resource: _Resource) -> None:
        with Tag("tr") as row:
            self._draw_cells(resource)
        self._rows.append((resource, row))

    def _draw_cells(self, resource: _Resource) -> None:
        for column in self._columns:
            if column.draw is None:
                Tag("td", column.text(resource), classes=column.classes)
                continue
            with Tag("td", classes=column.classes):
                column.draw(resource)
        if self._actions is not None:
            with Tag("td", classes="end"):
                self._actions(resource)
