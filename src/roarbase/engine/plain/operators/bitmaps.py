"""Sets of records as masks: one function per bitmap node of a plan."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from roarbase.engine import plan
from roarbase.engine.plain.arrays import Int64s, Mask
from roarbase.engine.plain.field import RowField
from roarbase.engine.plain.names.id_index import IdIndex
from roarbase.engine.plain.names.row_names import KeyRows
from roarbase.engine.plain.operators.like import like_matcher
from roarbase.engine.plain.operators.scan import Scan, check_window, describe
from roarbase.errors import BadRequest
from roarbase.model.fields import INT64_MAX, INT64_MIN

__all__ = ["codes_like", "mask_of"]

_UINT64_MAX = 2**64 - 1
_KEYS_AT_ONCE = 16_384
"""Keys looked at between two glances at the clock."""


def mask_of(scan: Scan, node: plan.Bitmap) -> Mask:
    """The records of a bitmap node; all of them exist."""
    scan.budget.check()
    return _OPERATORS[type(node)](scan, node)


def _all(scan: Scan, _node: plan.All) -> Mask:
    return scan.table.existing()


def _nothing(scan: Scan, _node: plan.Nothing) -> Mask:
    return np.zeros(scan.size, np.bool_)


def _record_set(scan: Scan, node: plan.RecordSet) -> Mask:
    mask = np.zeros(scan.size, np.bool_)
    mask[scan.positions_of(node.records)] = True
    return mask


def _id_range(scan: Scan, node: plan.IdRange) -> Mask:
    records = scan.table.records
    low, high = max(node.low or 0, 0), _UINT64_MAX if node.high is None else min(node.high, _UINT64_MAX)
    if records is None or low > high:
        return _nothing(scan, plan.Nothing())
    if not isinstance(records, IdIndex):
        raise BadRequest(f"table {scan.table.name!r} knows its records by keys, which have no ranges")
    ids = records.all_ids()
    return (ids >= np.uint64(low)) & (ids <= np.uint64(high)) & scan.table.existing()


def _row_is(scan: Scan, node: plan.RowIs) -> Mask:
    return _rows_in(scan, plan.RowsIn(node.field, (node.row,)))


def _rows_in(scan: Scan, node: plan.RowsIn) -> Mask:
    field = scan.row_field(node.field, "asking for a row")
    return _holding(scan, field, field.codes_of(node.rows))


def _rows_like(scan: Scan, node: plan.RowsLike) -> Mask:
    field = scan.row_field(node.field, "a pattern")
    codes = codes_like(scan, field, np.arange(len(field.names)), node.pattern)
    return _holding(scan, field, codes)


def _holding(scan: Scan, field: RowField, codes: Int64s) -> Mask:
    return field.column.holding(codes, scan.size) if len(codes) else _nothing(scan, plan.Nothing())


def codes_like(scan: Scan, field: RowField, codes: Int64s, pattern: str) -> Int64s:
    """Those of the codes whose key matches the pattern.

    Raises:
        BadRequest: The field has no keys.
    """
    if not isinstance(field.names, KeyRows):
        raise BadRequest(
            f"field {field.spec.name!r} is {describe(field.spec)} field: only keyed fields match a pattern",
            field=field.spec.name,
        )
    matches = like_matcher(pattern)
    matching = np.zeros(len(codes), np.bool_)
    for start in range(0, len(codes), _KEYS_AT_ONCE):
        scan.budget.check()
        keys = field.names.keys.keys_at(codes[start : start + _KEYS_AT_ONCE])
        matching[start : start + len(keys)] = [matches(key) for key in keys]
    return codes[matching]


def _number_range(scan: Scan, node: plan.NumberRange) -> Mask:
    column = scan.number_field(node.field, "a comparison of numbers").column
    low = INT64_MIN if node.low is None else node.low
    high = INT64_MAX if node.high is None else node.high
    if low > high or low > INT64_MAX or high < INT64_MIN:
        return _nothing(scan, plan.Nothing())
    low, high = max(low, INT64_MIN), min(high, INT64_MAX)
    return column.matching(lambda values: (values >= low) & (values <= high), scan.size)


def _number_in(scan: Scan, node: plan.NumberIn) -> Mask:
    column = scan.number_field(node.field, "a comparison of numbers").column
    wanted = np.array([value for value in node.values if INT64_MIN <= value <= INT64_MAX], np.int64)
    return column.matching(lambda values: np.isin(values, wanted), scan.size)


def _not_null(scan: Scan, node: plan.NotNull) -> Mask:
    return scan.field(node.field).column.held(scan.size)


def _union(scan: Scan, node: plan.Union) -> Mask:
    return reduce(np.logical_or, (mask_of(scan, i) for i in node.inputs), _nothing(scan, plan.Nothing()))


def _intersect(scan: Scan, node: plan.Intersect) -> Mask:
    if not node.inputs:
        raise BadRequest("an intersection needs at least one input")
    return reduce(np.logical_and, (mask_of(scan, i) for i in node.inputs))


def _difference(scan: Scan, node: plan.Difference) -> Mask:
    if not node.inputs:
        raise BadRequest("a difference needs at least one input")
    first, *others = (mask_of(scan, i) for i in node.inputs)
    return reduce(lambda rest, other: rest & ~other, others, first)


def _xor(scan: Scan, node: plan.Xor) -> Mask:
    return reduce(np.logical_xor, (mask_of(scan, i) for i in node.inputs), _nothing(scan, plan.Nothing()))


def _slice(scan: Scan, node: plan.Slice) -> Mask:
    check_window(node.limit, node.offset)
    stop = None if node.limit is None else node.offset + node.limit
    mask = np.zeros(scan.size, np.bool_)
    mask[scan.in_order(mask_of(scan, node.input), start=node.offset, stop=stop)] = True
    return mask


_OPERATORS: Mapping[type, Callable[[Scan, Any], Mask]] = {
    plan.All: _all,
    plan.Nothing: _nothing,
    plan.RecordSet: _record_set,
    plan.IdRange: _id_range,
    plan.RowIs: _row_is,
    plan.RowsIn: _rows_in,
    plan.RowsLike: _rows_like,
    plan.NumberRange: _number_range,
    plan.NumberIn: _number_in,
    plan.NotNull: _not_null,
    plan.Union: _union,
    plan.Intersect: _intersect,
    plan.Difference: _difference,
    plan.Xor: _xor,
    plan.Slice: _slice,
}
