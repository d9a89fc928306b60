"""A result as a grid: sorted, filtered, columns hidden, taken away. Values stay exact, for they stay text.

The rows go to the browser and are not kept here: a page that shows ten thousand of them costs the service nothing more.
"""

import json

from nicegui import ui

from roarbase.console.answers import Table
from roarbase.console.components.button import quiet_button
from roarbase.console.components.tag import Tag

__all__ = ["result_grid"]

_LOW = 12
"""So many rows are shown without scrolling."""
_FEW_COLUMNS = 8
_NARROW, _DIGIT, _AROUND = 110, 7.5, 26
"""In pixels: the least width of a column, the width of a digit, and what stands around a number."""


def result_grid(table: Table, name: str) -> None:
    """Draw one result.

    Args:
        name: What it is, for screen readers.
    """
    is_low = len(table.rows) <= _LOW
    with Tag("div", classes="toolbar grid__tools"):
        hidden = ui.select({str(n): each.name for n, each in enumerate(table.columns)}, multiple=True)
        hidden.props('outlined dense options-dense label="Hide columns"').classes("hide")
        quiet_button("Copy", lambda: _copied(grid), "content_copy").props('title="Selected rows, or else all"')
        quiet_button("CSV", lambda: grid.run_grid_method("exportDataAsCsv", _CSV), "download")
    grid = ui.aggrid(
        {
            "columnDefs": [_column(table, place) for place in range(len(table.columns))],
            "defaultColDef": _EVERY_COLUMN,
            "rowSelection": {
                "mode": "multiRow",
                "checkboxes": False,
                "headerCheckbox": False,
                "enableClickSelection": True,
            },
            ":onCellKeyDown": "roarbase.onCellKey",
            ":onGridReady": "roarbase.refill",
            "enableCellTextSelection": True,
            "ensureDomOrder": True,
            "suppressFieldDotNotation": True,
            "domLayout": "autoHeight" if is_low else "normal",
            "loading": True,  # until `fill` has come: there are rows, though they are not here yet
            "overlayLoadingTemplate": "<span>Loading</span>",
            "overlayNoRowsTemplate": "<span>No rows</span>",
        },
        theme="balham",
        auto_size_columns=len(table.columns) <= _FEW_COLUMNS,
    ).classes("grid grid--small" if is_low else "grid")
    grid._props["aria-label"] = name
    grid.options["context"] = {"id": grid.id}
    waiting = [list(map(list, table.rows))]

    def fill() -> None:
        if waiting:
            grid.client.run_javascript(f"window.roarbase.fill({grid.id}, {json.dumps(waiting.pop())})")
            if len(table.columns) > _FEW_COLUMNS:
                grid.run_grid_method("autoSizeAllColumns")

    def hide() -> None:
        chosen = set(hidden.value or [])
        places = [str(place) for place in range(len(table.columns))]
        grid.run_grid_method("setColumnsVisible", [place for place in places if place not in chosen], True)
        grid.run_grid_method("setColumnsVisible", [place for place in places if place in chosen], False)

    grid.on("gridReady", fill, args=[])
    hidden.on_value_change(hide)


_CSV = {"fileName": "result.csv"}
_EVERY_COLUMN: dict[str, object] = {
    "sortable": True,
    "filter": True,
    "resizable": True,
    "minWidth": _NARROW,
    "cellDataType": "text",
    "useValueFormatterForExport": False,
    ":valueFormatter": "cell => cell.value ?? 'null'",
    ":cellClassRules": "({'cell--null': cell => cell.value === null})",
}


def _column(table: Table, place: int) -> dict[str, object]:
    column = table.columns[place]
    made: dict[str, object] = {
        "headerName": column.name,
        "field": str(place),
        "colId": str(place),
        "headerTooltip": column.type,
    }
    if column.is_number:
        made |= {
            ":comparator": "roarbase.compare",
            "filter": "agTextColumnFilter",
            ":filterParams": "roarbase.numberFilter",
            "cellClass": "ag-right-aligned-cell",
            "minWidth": _width_of(table, place),
        }
    return made


def _width_of(table: Table, place: int) -> int:
    """So wide that no number of a column loses digits to the eye."""
    longest = max((len(row[place] or "") for row in table.rows), default=0)
    return max(_NARROW, round(longest * _DIGIT) + _AROUND)


async def _copied(grid: ui.aggrid) -> None:
    count = await ui.run_javascript(f"return await window.roarbase.copyRows({grid.id})", timeout=10)
    ui.notify(f"Copied {count:,} row{'' if count == 1 else 's'}", type="info", position="bottom")
