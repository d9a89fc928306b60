"""Which rows of a field take part: the options of PQL's Rows, alone and inside GroupBy.

Order of work: rows that hold a record (of one record, if `column` is given), those behind
`after`, the first `limit` of them, those that match `like`. `within` stands alone.
"""

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, sorted_distinct
from roarbase.engine.filters.bitmaps import positions_filter
from roarbase.engine.filters.filter import ALL, Filter, all_of
from roarbase.engine.filters.like import codes_like, numbers_like
from roarbase.engine.grouping.counting import count_rows, distinct_values
from roarbase.engine.operators.scan import Scan, check_window
from roarbase.engine.plan import GroupField, RowName, Rows
from roarbase.engine.tables.fields import NumberField, ReferenceField, RowField
from roarbase.errors import BadRequest
from roarbase.model.fields import INT64_MAX, INT64_MIN

__all__ = [
    "Options",
    "check_options",
    "chosen_codes",
    "chosen_values",
    "is_limited",
    "row_id_of",
    "value_of",
]


Options = Rows | GroupField


def is_limited(options: Options) -> bool:
    """Whether any option is given."""
    given = (options.after, options.limit, options.like, options.column, options.within)
    return any(option is not None for option in given)


def check_options(options: Options) -> None:
    """Raise BadRequest if the options contradict each other."""
    others = (options.after, options.limit, options.like, options.column)
    if options.within is not None and any(option is not None for option in others):
        raise BadRequest(f"a list of rows of field {options.field!r} cannot be combined with other options")
    check_window(options.limit, 0)


def chosen_codes(scan: Scan, field: RowField, options: Options, among: Filter = ALL) -> Int64s:
    """The codes of the rows that the options leave, in row order; held by records that a filter selects."""
    check_options(options)
    if options.within is not None:
        return field.in_row_order(sorted_distinct(field.codes_of(options.within)))
    codes = field.in_row_order(_held(scan, field, options, among))
    if options.after is not None:
        codes = codes[field.names.row_ids(codes) > np.uint64(row_id_of(field, options.after))]
    codes = codes[: options.limit]
    return codes if options.like is None else codes_like(scan, field, codes, options.like)


def _held(scan: Scan, field: RowField, options: Options, among: Filter) -> Int64s:
    if options.column is not None:
        one = scan.positions_of((options.column,))
        if among.is_all:
            return field.column.members(one)[1]
        among = all_of((among, positions_filter(scan, one)))
    return field.held() if among.is_all else np.flatnonzero(count_rows(scan, among, field))


def chosen_values(scan: Scan, field: NumberField, options: Options) -> Int64s:
    """The values of a number field that the options leave, ascending; keys referred to count as their numbers."""
    check_options(options)
    if options.like is not None and not isinstance(field, ReferenceField):
        raise BadRequest(f"field {field.spec.name!r} holds numbers: only keyed fields match a pattern")
    if options.within is not None:
        if isinstance(field, ReferenceField):
            return np.unique(field.numbers_of(options.within))
        wanted = {value_of(field, row) for row in options.within}
        return np.array(sorted(v for v in wanted if INT64_MIN <= v <= INT64_MAX), np.int64)
    if options.column is None:
        values = distinct_values(scan, ALL, field)
    else:
        values = sorted_distinct(field.column.members(scan.positions_of((options.column,)))[1])
    if options.after is not None:
        after = value_of(field, options.after)
        values = values[values > after] if after <= INT64_MAX else values[:0]
    values = values[: options.limit]
    if options.like is None:
        return values
    assert isinstance(field, ReferenceField)
    return numbers_like(scan, field.target.keys, values, options.like)


def row_id_of(field: RowField, row: RowName) -> int:
    """The row id of a row to start behind.

    Raises:
        BadRequest: The row is not of the field's kind, or a key that the field never met.
    """
    code = field.code_or_none(row)
    if code is not None:
        return int(field.names.row_ids(np.array([code]))[0])
    if isinstance(row, str):
        raise BadRequest(f"field {field.spec.name!r} has no row {row!r} to start behind", field=field.spec.name)
    return min(row, 2**64 - 1)


def value_of(field: NumberField, row: RowName) -> int:
    """A number that an option names, or that stands for the key that it names.

    Raises:
        BadRequest: The option is not of the field's kind, or a key that the table referred to never met.
    """
    if isinstance(field, ReferenceField):
        numbers = field.numbers_of((row,))
        if not len(numbers):
            raise BadRequest(f"field {field.spec.name!r} has no value {row!r} to start behind", field=field.spec.name)
        return int(numbers[0])
    if isinstance(row, (str, bool)):
        raise BadRequest(f"field {field.spec.name!r} holds numbers, not {row!r}", field=field.spec.name)
    return row
