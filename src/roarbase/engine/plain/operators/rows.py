"""Rows, TopRows and Distinct: the rows or values of one field."""

import numpy as np

from roarbase.engine.plain.arrays import squeeze
from roarbase.engine.plain.field import RowField
from roarbase.engine.plain.operators.bitmaps import mask_of
from roarbase.engine.plain.operators.cells import typed_column
from roarbase.engine.plain.operators.choices import check_options, chosen_codes
from roarbase.engine.plain.operators.gathering import gather
from roarbase.engine.plain.operators.scan import Finish, Scan, check_window
from roarbase.engine.plan import Distinct, RowName, Rows, TopRows
from roarbase.model.results import DataType, DistinctResult, RowCount, RowsResult, TopRowsResult

__all__ = ["distinct", "rows", "top_rows"]


def rows(scan: Scan, plan: Rows) -> Finish:
    """The rows that the options leave, in order of row id."""
    field = scan.row_field(plan.field, "Rows")
    is_keyed = field.type is DataType.STRING
    if plan.within is not None and not is_keyed:
        # Rows named by id are given back as they are, known or not.
        check_options(plan)
        named: list[RowName] = sorted(_checked(field, plan.within))
        return lambda: RowsResult(field=plan.field, rows=named, is_keyed=False)
    codes = chosen_codes(scan, field, plan)
    return lambda: RowsResult(field=plan.field, rows=field.names.names(codes), is_keyed=is_keyed)


def _checked(field: RowField, within: tuple[RowName, ...]) -> set[int]:
    field.codes_of(within)
    return {row for row in within if isinstance(row, int)}


def top_rows(scan: Scan, plan: TopRows) -> Finish:
    """Rows by how many of the records hold them, the most first, ties by row id."""
    field = scan.row_field(plan.field, "counting by row")
    check_window(plan.k, 0)
    counts = field.column.counts(mask_of(scan, plan.input), len(field.names))

    def finish() -> TopRowsResult:
        codes = np.flatnonzero(counts)
        codes = codes[np.lexsort((field.names.row_ids(codes), -counts[codes]))][: plan.k]
        pairs = zip(field.names.names(codes), counts[codes].tolist(), strict=True)
        top = tuple(RowCount(row=row, count=row_count) for row, row_count in pairs)
        return TopRowsResult(field=plan.field, rows=top, is_keyed=field.type is DataType.STRING)

    return finish


def distinct(scan: Scan, plan: Distinct) -> Finish:
    """The distinct values of a field: numbers ascending, rows in order of row id."""
    field = scan.field(plan.field)
    mask = mask_of(scan, plan.input)
    if isinstance(field, RowField):
        rows_field, codes = field, field.held_codes(mask)
        return lambda: DistinctResult(column=typed_column(rows_field, rows_field.names.names(codes)))
    values = gather(field, np.flatnonzero(mask))().members
    return lambda: DistinctResult(column=typed_column(field, squeeze(values)[0].tolist()))
