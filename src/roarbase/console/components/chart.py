"""A grouped result as bars or lines. The library comes to the browser with the first chart that somebody asks for."""

from typing import Literal

from nicegui import ui

from roarbase.console.answers import Table
from roarbase.console.components.tag import Tag

__all__ = ["can_be_drawn", "chart_options", "result_chart"]

_Kind = Literal["bar", "line"]

_MOST = 1000
_MOST_SHOWN_AT_ONCE = 50
_COUNTS = ("uint64", "int64", "decimal", "float64", "int", "float")
"""Types of what can be drawn as a height; ids name something."""


def can_be_drawn(table: Table) -> bool:
    """Whether there is something to draw: numbers beside what they are numbers of."""
    return bool(table.rows) and bool(_heights(table)) and len(table.columns) > 1


def _heights(table: Table) -> list[int]:
    """The columns that are heights. The first column names the groups, and so does each that is no number."""
    return [
        place
        for place, column in enumerate(table.columns)
        if place and column.is_number and column.type.partition("(")[0] in _COUNTS
    ]


def chart_options(table: Table, kind: _Kind, heights: list[int]) -> dict[str, object]:
    """What the chart library is told.

    Args:
        heights: The columns whose numbers are drawn, one series each.
    """
    names = [place for place in range(len(table.columns)) if place not in _heights(table)]
    rows = table.rows[:_MOST]
    labels = [" / ".join("null" if row[place] is None else str(row[place]) for place in names) for row in rows]
    shown = 100 * _MOST_SHOWN_AT_ONCE / max(len(rows), _MOST_SHOWN_AT_ONCE)
    slider = [{"type": "slider", "end": shown, "height": 18, "bottom": 8}, {"type": "inside", "end": shown}]
    return {
        "animation": False,
        "color": ["#2f7ea8", "#c47f17", "#4f9d69", "#9a5ba6", "#c0564f", "#6b7a86"],
        "grid": {"left": 8, "right": 16, "top": 40, "bottom": 36 if shown < 100 else 8, "containLabel": True},
        "legend": {"textStyle": _INK, "top": 4},
        "tooltip": {"trigger": "axis", "renderMode": "richText"},
        "xAxis": {"type": "category", "data": labels, "axisLabel": {**_INK, "hideOverlap": True}},
        "yAxis": {"type": "value", "axisLabel": _INK, "splitLine": {"lineStyle": _LINE}},
        "dataZoom": slider if shown < 100 else [],
        "series": [
            {"name": table.columns[place].name, "type": kind, "data": [_height(row[place]) for row in rows]}
            for place in heights
        ],
    }


_INK = {":color": "getComputedStyle(document.querySelector('.page')).color"}
_LINE = {":color": "getComputedStyle(document.querySelector('.card')).borderTopColor"}


def _height(text: str | None) -> float | None:
    # As high as it is on the screen: the grid has the exact number.
    return None if text is None else float(text)


def result_chart(table: Table, name: str) -> None:
    """Draw it, with a choice of form and of numbers.

    Args:
        name: What it is, for screen readers.
    """
    heights = _heights(table)
    with Tag("div", classes="toolbar grid__tools"):
        kind = ui.toggle({"bar": "Bars", "line": "Lines"}, value="bar").props(
            "no-caps unelevated dense padding='2px 12px'"
        )
        kind._props["aria-label"] = "Form"
        chosen = ui.select(
            {place: table.columns[place].name for place in heights}, value=heights[-1:], multiple=True, label="Numbers"
        )
        chosen.props("outlined dense options-dense").classes("choice")
        if len(table.rows) > _MOST:
            Tag("span", f"The first {_MOST:,} of {len(table.rows):,} rows", classes="quiet")

    def options() -> dict[str, object]:
        return chart_options(table, kind.value, list(chosen.value or []))

    chart = ui.echart(options(), renderer="svg").classes("chart")
    chart._props["role"] = "img"
    chart._props["aria-label"] = name

    def redraw() -> None:
        chart._props["options"] = options()
        chart.update()

    kind.on_value_change(redraw)
    chosen.on_value_change(redraw)
