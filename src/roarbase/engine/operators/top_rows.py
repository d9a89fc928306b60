"""TopRows: rows by how many of the selected records hold them, the most first."""

from collections.abc import Callable

from roarbase.engine.filters.compiler import selected
from roarbase.engine.operators.scan import Scan
from roarbase.engine.operators.top_codes import top_codes
from roarbase.engine.plan import TopRows
from roarbase.model.results import DataType, RowCount, TopRowsResult

__all__ = ["top_rows"]


def top_rows(scan: Scan, plan: TopRows) -> Callable[[], TopRowsResult]:
    """Rows and counts, ties by row id."""
    field = scan.rows(plan.field, "counting by row", plan.during)
    codes, counts = top_codes(scan, field, plan, selected(scan, plan.input))
    scan.budget.check_groups(len(codes))

    def finish() -> TopRowsResult:
        pairs = zip(field.names.names(codes), counts.tolist(), strict=True)
        top = tuple(RowCount(row=row, count=count) for row, count in pairs)
        return TopRowsResult(field=plan.field, rows=top, is_keyed=field.type is DataType.STRING)

    return finish
