"""Rows: the rows of one field that hold records, in order of row id."""

from collections.abc import Callable

from roarbase.engine.filters.compiler import selected
from roarbase.engine.operators.choices import check_options, chosen_codes
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import RowName, Rows
from roarbase.model.results import DataType, RowsResult

__all__ = ["rows"]


def rows(scan: Scan, plan: Rows) -> Callable[[], RowsResult]:
    """The rows that the options leave."""
    field = scan.rows(plan.field, "Rows", plan.during)
    is_keyed = field.type is DataType.STRING
    if plan.within is not None and not is_keyed:
        # Rows named by id are given back as they are, known or not.
        check_options(plan)
        field.codes_of(plan.within)
        names: list[RowName] = sorted({row for row in plan.within if isinstance(row, int)})
        return lambda: RowsResult(field=plan.field, rows=names, is_keyed=False)
    codes = chosen_codes(scan, field, plan, selected(scan, plan.input))
    scan.budget.check_groups(len(codes))
    return lambda: RowsResult(field=plan.field, rows=field.names.names(codes), is_keyed=is_keyed)
