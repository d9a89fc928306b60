"""ExtremeRow: the row with the lowest or the highest id among those that selected records hold."""

from collections.abc import Callable

import numpy as np

from roarbase.engine.filters.compiler import selected
from roarbase.engine.grouping.counting import count_rows
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import ExtremeRow
from roarbase.model.results import DataType, RowResult

__all__ = ["extreme_row"]


def extreme_row(scan: Scan, plan: ExtremeRow) -> Callable[[], RowResult]:
    """The row and its count; none where no selected record holds any."""
    field = scan.rows(plan.field, f"{plan.function.capitalize()}Row")
    is_keyed = field.type is DataType.STRING
    counts = count_rows(scan, selected(scan, plan.input), field)
    codes = np.flatnonzero(counts)
    if not len(codes):
        return lambda: RowResult(field=plan.field, row=None, count=0, is_keyed=is_keyed)
    ids = field.names.row_ids(codes)
    code = codes[[ids.argmin() if plan.function == "min" else ids.argmax()]]
    count = int(counts[code[0]])
    return lambda: RowResult(field=plan.field, row=field.names.names(code)[0], count=count, is_keyed=is_keyed)
