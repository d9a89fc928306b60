"""Rows, TopRows and Distinct: the rows or values of one field."""

import numpy as np

from roarbase.engine.plain.field import RowField
from roarbase.engine.plain.operators.bitmaps import mask_of
from roarbase.engine.plain.operators.cells import typed_column
from roarbase.engine.plain.operators.choices import check_options, chosen_codes
from roarbase.engine.plain.operators.scan import Scan, check_window
from roarbase.engine.plan import Distinct, RowName, Rows, TopRows
from roarbase.model.results import DataType, DistinctResult, RowCount, RowsResult, TopRowsResult

__all__ = ["distinct", "rows", "top_rows"]


def rows(scan: Scan, plan: Rows) -> RowsResult:
    """The rows that the options leave, in order of row id."""
    field = scan.row_field(plan.field, "Rows")
    if plan.within is not None and field.type is not DataType.STRING:
        # Rows named by id are given back as they are, known or not.
        check_options(plan)
        names: list[RowName] = sorted(_checked(field, plan.within))
    else:
        names = field.names.names(chosen_codes(scan, field, plan))
    return RowsResult(field=plan.field, rows=names, is_keyed=field.type is DataType.STRING)


def _checked(field: RowField, within: tuple[RowName, ...]) -> set[int]:
    field.codes_of(within)
    return {row for row in within if isinstance(row, int)}


def top_rows(scan: Scan, plan: TopRows) -> TopRowsResult:
    """Rows by how many of the records hold them, the most first, ties by row id."""
    field = scan.row_field(plan.field, "counting by row")
    check_window(plan.k, 0)
    counts = field.column.counts(mask_of(scan, plan.input), len(field.names))
    codes = np.flatnonzero(counts)
    codes = codes[np.lexsort((field.names.row_ids(codes), -counts[codes]))][: plan.k]
    pairs = zip(field.names.names(codes), counts[codes].tolist(), strict=True)
    top = tuple(RowCount(row=row, count=row_count) for row, row_count in pairs)
    return TopRowsResult(field=plan.field, rows=top, is_keyed=field.type is DataType.STRING)


def distinct(scan: Scan, plan: Distinct) -> DistinctResult:
    """The distinct values of a field: numbers ascending, rows in order of row id."""
    field = scan.field(plan.field)
    mask = mask_of(scan, plan.input)
    if isinstance(field, RowField):
        return DistinctResult(column=typed_column(field, field.names.names(field.held_codes(mask))))
    values = field.column.members(np.flatnonzero(mask))[1]
    return DistinctResult(column=typed_column(field, np.unique(values).tolist()))
