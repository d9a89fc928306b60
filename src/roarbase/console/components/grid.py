"""A result as a grid: sorted, filtered, columns hidden, taken away as CSV. Values stay exact, for they stay text."""

from nicegui import ui

from roarbase.client.answers import Answer
from roarbase.console.components.button import quiet_button
from roarbase.console.components.cells import cell_text
from roarbase.console.components.tag import Tag
from roarbase.model.results import DataType

__all__ = ["result_grid"]

_NUMBERS = {DataType.UINT64, DataType.INT64, DataType.DECIMAL, DataType.FLOAT64}
# Numbers are compared as whole numbers where both are, since floats would take neighbours beyond 2^53 for equal.
_COMPARE = """(a, b) => {
  if (a === b) return 0;
  if (a === 'null') return -1;
  if (b === 'null') return 1;
  const whole = /^-?\\d+$/;
  if (whole.test(a) && whole.test(b)) { const x = BigInt(a), y = BigInt(b); return x < y ? -1 : x > y ? 1 : 0; }
  return Number(a) - Number(b);
}"""


def result_grid(answer: Answer, most: int) -> None:
    """Draw one answer, `most` rows of it."""
    rows = answer.rows[:most]
    more = f", the first {most:,} of them shown" if len(answer.rows) > most else ""
    with Tag("div", classes="toolbar"):
        Tag("p", f"{len(answer.rows):,} row{'' if len(answer.rows) == 1 else 's'}{more}", classes="quiet grow")
        hidden = ui.select(dict(enumerate(answer.names)), multiple=True, label="Hide columns")
        hidden.props("outlined dense options-dense").classes("hide")
        quiet_button("CSV", lambda: grid.run_grid_method("exportDataAsCsv", {"fileName": "result.csv"}), "download")
    grid = ui.aggrid(
        {
            "columnDefs": [_column(place, answer) for place in range(len(answer.columns))],
            "rowData": [{f"c{place}": cell_text(value) for place, value in enumerate(row)} for row in rows],
            "defaultColDef": {"sortable": True, "filter": True, "resizable": True, "minWidth": 110},
            "enableCellTextSelection": True,
            "ensureDomOrder": True,
            "suppressFieldDotNotation": True,
            "domLayout": "autoHeight" if len(rows) <= 12 else "normal",
        },
        theme="balham",
        auto_size_columns=len(answer.columns) <= 8,
    ).classes("grid" if len(rows) > 12 else "grid grid--small")
    grid._props["aria-label"] = "Result"

    def hide() -> None:
        chosen = set(hidden.value or [])
        for shows in (True, False):
            names = [f"c{place}" for place in range(len(answer.columns)) if (place not in chosen) == shows]
            grid.run_grid_method("setColumnsVisible", names, shows)

    hidden.on_value_change(hide)


def _column(place: int, answer: Answer) -> dict[str, object]:
    column = answer.columns[place]
    made: dict[str, object] = {
        "headerName": column.name,
        "field": f"c{place}",
        "colId": f"c{place}",
        "headerTooltip": column.type.value,
        "cellDataType": "text",
    }
    if column.type in _NUMBERS:
        made |= {":comparator": _COMPARE, "cellClass": "ag-right-aligned-cell"}
    return made
