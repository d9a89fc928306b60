"""Which rows of a field take part: the options of PQL's Rows, alone and inside GroupBy.

Order of work: rows that hold a record (of one record, if `column` is given), those behind
`after`, the first `limit` of them, those that match `like`. `within` stands alone.
"""

import numpy as np

from roarbase.engine.bitmap.fields import NumberField, RowField
from roarbase.engine.bitmap.filters.filter import ALL
from roarbase.engine.bitmap.grouping.counting import distinct_values
from roarbase.engine.bitmap.layout import Int64s, sorted_distinct
from roarbase.engine.bitmap.operators.scan import BitmapScan
from roarbase.engine.plain.operators.bitmaps import codes_like
from roarbase.engine.plain.operators.choices import Options, check_options, row_id_of, value_of
from roarbase.errors import BadRequest
from roarbase.model.fields import INT64_MAX, INT64_MIN

__all__ = ["chosen_codes", "chosen_values"]


def chosen_codes(scan: BitmapScan, field: RowField, options: Options) -> Int64s:
    """The codes of the rows that the options leave, in row order."""
    check_options(options)
    if options.within is not None:
        return field.in_row_order(sorted_distinct(field.codes_of(options.within)))
    if options.column is None:
        held = np.flatnonzero(field.counts())
    else:
        held = field.column.members(scan.positions_of((options.column,)))[1]
    codes = field.in_row_order(held)
    if options.after is not None:
        codes = codes[field.names.row_ids(codes) > np.uint64(row_id_of(field, options.after))]
    codes = codes[: options.limit]
    return codes if options.like is None else codes_like(scan, field, codes, options.like)


def chosen_values(scan: BitmapScan, field: NumberField, options: Options) -> Int64s:
    """The values of a number field that the options leave, ascending."""
    check_options(options)
    if options.like is not None:
        raise BadRequest(f"field {field.spec.name!r} holds numbers: only keyed fields match a pattern")
    if options.within is not None:
        wanted = {value_of(field, row) for row in options.within}
        return np.array(sorted(v for v in wanted if INT64_MIN <= v <= INT64_MAX), np.int64)
    if options.column is None:
        values = distinct_values(scan, ALL, field)
    else:
        values = sorted_distinct(field.column.members(scan.positions_of((options.column,)))[1])
    if options.after is not None:
        after = value_of(field, options.after)
        values = values[values > after] if after <= INT64_MAX else values[:0]
    return values[: options.limit]
