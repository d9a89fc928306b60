"""Tables and fields of a deployment, to look up and to insert."""

from collections.abc import Callable

from nicegui import ui

from roarbase.console.components.tag import Tag
from roarbase.console.inventory import Resource

__all__ = ["SchemaBrowser"]

_MOST = 200


class SchemaBrowser:
    """A searchable tree; a click inserts a name, or a SELECT of a whole table.

    Args:
        insert: Puts a name where the cursor is.
        select: Puts a SELECT of the table of a name there.
    """

    def __init__(self, *, insert: Callable[[str], None], select: Callable[[str], None]) -> None:
        self._insert, self._select = insert, select
        self._tables: list[Resource] = []
        with Tag("div", classes="schema", role="region", aria_label="Schema"):
            self._search = ui.input("Search tables and fields", on_change=self._redraw)
            self._search.props("outlined dense clearable").classes("wide")
            self._place = Tag("div", classes="schema__list")

    def show(self, tables: list[Resource]) -> None:
        """Show these tables."""
        self._tables = tables
        self._redraw()

    def _redraw(self) -> None:
        wanted = (self._search.value or "").strip().casefold()
        self._place.clear()
        with self._place:
            if not self._tables:
                Tag("p", "No tables yet.", classes="quiet")
            left = _MOST
            for table in self._tables:
                fields = [field for field in table["fields"] if wanted in field["name"].casefold()]
                if left > 0 and (fields or wanted in table["name"].casefold()):
                    self._draw_table(table, fields[:left])
                    left -= len(fields) + 1

    def _draw_table(self, table: Resource, fields: list[Resource]) -> None:
        name = table["name"]
        self._entry(name, "table", f"Insert {name}", lambda: self._insert(name))
        self._entry("select all", "", f"Insert select * from {name}", lambda: self._select(name))
        for field in fields:
            self._draw_field(field["name"], field["type"])

    def _draw_field(self, name: str, kind: str) -> None:
        self._entry(name, kind, f"Insert {name}", lambda: self._insert(name), is_field=True)

    def _entry(self, text: str, kind: str, title: str, act: Callable[[], None], *, is_field: bool = False) -> None:
        classes = "schema__entry schema__entry--field" if is_field else "schema__entry"
        with Tag("button", type="button", classes=classes, title=title).on("click", act):
            Tag("span", text)
            if kind:
                Tag("span", kind, classes="quiet")
