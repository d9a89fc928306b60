"""TopRows: rows by how many of the selected records hold them, the most first."""

from collections.abc import Callable

import numpy as np

from roarbase.engine.filters.compiler import selected
from roarbase.engine.grouping.counting import count_rows
from roarbase.engine.operators.scan import Scan, check_window
from roarbase.engine.plan import TopRows
from roarbase.model.results import DataType, RowCount, TopRowsResult

__all__ = ["top_rows"]


def top_rows(scan: Scan, plan: TopRows) -> Callable[[], TopRowsResult]:
    """Rows and counts, ties by row id."""
    field = scan.rows(plan.field, "counting by row", plan.during)
    check_window(plan.k, 0)
    counts = count_rows(scan, selected(scan, plan.input), field)
    codes = np.flatnonzero(counts)
    codes = codes[np.lexsort((field.names.row_ids(codes), -counts[codes]))][: plan.k]

    def finish() -> TopRowsResult:
        pairs = zip(field.names.names(codes), counts[codes].tolist(), strict=True)
        top = tuple(RowCount(row=row, count=count) for row, count in pairs)
        return TopRowsResult(field=plan.field, rows=top, is_keyed=field.type is DataType.STRING)

    return finish
