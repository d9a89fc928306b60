"""What a statement gave: its rows as a grid or as a chart, or that it is done, or what was wrong with it."""

import re
from dataclasses import replace

from nicegui import ui

from roarbase.console.answers import Table
from roarbase.console.components.chart import can_be_drawn, result_chart
from roarbase.console.components.grid import result_grid
from roarbase.console.components.tag import Tag

__all__ = ["show_error", "show_table"]

_DRAWN = 1000
_LONGEST_TITLE = 120
_COMMENTS = re.compile(r"\A(?:\s*--[^\n]*\n)+")


def show_table(table: Table, statement: str, limit: int) -> None:
    """Draw a result in a card of its own.

    Args:
        limit: How many rows the page wanted; more are not shown.
    """
    count = len(table.rows)
    table = replace(table, rows=table.rows[:limit])
    drawn = replace(table, rows=table.rows[:_DRAWN])
    with Tag("article", classes="card result"):
        with Tag("div", classes="toolbar"):
            _title(statement)
            Tag("p", _count_text(table, count, limit), classes="quiet", role="status")
            if can_be_drawn(table):
                form = ui.toggle({"grid": "Table", "chart": "Chart"}, value="grid")
                form.props("no-caps unelevated dense padding='2px 12px'")
                form._props["aria-label"] = "Show as"
                form.on_value_change(lambda: show(form.value))
        if table.columns:
            with Tag("div", classes="stack result__grid") as grid:
                result_grid(table, f"Result of {_short(statement)}")
            chart = Tag("div", classes="stack result__chart")
            chart.set_visibility(False)

    def show(wanted: str) -> None:
        grid.set_visibility(wanted == "grid")
        chart.set_visibility(wanted == "chart")
        if wanted == "chart" and not chart.default_slot.children:
            with chart:
                result_chart(drawn, f"Chart of {_short(statement)}")


def show_error(text: str, statement: str) -> None:
    """Say what was wrong with a statement."""
    with Tag("article", classes="card result"):
        _title(statement)
        Tag("div", text, classes="notice notice--error", role="alert")


def _title(statement: str) -> None:
    Tag("h2", _short(statement), classes="result__title", title=statement[:2000])


def _short(statement: str) -> str:
    """A statement in one line, without comments in front of it.

    >>> _short("-- one\\nselect 1\\n  from t")
    'select 1 from t'
    """
    line = " ".join(_COMMENTS.sub("", statement, count=1)[: 4 * _LONGEST_TITLE].split())
    return line if len(line) <= _LONGEST_TITLE else f"{line[:_LONGEST_TITLE]}…"


def _count_text(table: Table, count: int, limit: int) -> str:
    if not table.columns:
        return "Done. The statement has no rows to show."
    rows = f"{count:,} row{'' if count == 1 else 's'}"
    if count > limit:
        return f"{rows}, the first {limit:,} of them shown"
    return f"{rows}, as many as the limit allows" if count == limit and limit > 1 else rows
