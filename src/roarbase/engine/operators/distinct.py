"""Distinct: the distinct values of a field among the selected records."""

from collections.abc import Callable

import numpy as np

from roarbase.engine.filters.compiler import selected
from roarbase.engine.grouping.counting import count_rows, distinct_values
from roarbase.engine.operators.cells import typed_column, value_cells
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import Distinct
from roarbase.engine.tables.fields import NumberField, ReferenceField
from roarbase.model.results import DistinctResult

__all__ = ["distinct"]


def distinct(scan: Scan, plan: Distinct) -> Callable[[], DistinctResult]:
    """Numbers ascending, rows in order of row id, keys referred to in the order in which their table met them."""
    field = scan.field(plan.field)
    among = selected(scan, plan.input)
    if isinstance(field, NumberField):
        values = distinct_values(scan, among, field)
        scan.budget.check_groups(len(values))
        are_references = isinstance(field, ReferenceField)
        return lambda: DistinctResult(
            column=typed_column(field, value_cells(scan, field, values)), are_references=are_references
        )
    codes = field.in_row_order(np.flatnonzero(count_rows(scan, among, field)))
    scan.budget.check_groups(len(codes))
    return lambda: DistinctResult(column=typed_column(field, field.names.names(codes)))
