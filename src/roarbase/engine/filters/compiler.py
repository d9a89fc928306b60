"""The table of bitmap nodes, and the way from a tree of them to one filter.

Inputs are compiled before the node that has them, so a node's own file sees filters only.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import structs

from roarbase.engine import plan
from roarbase.engine.cache.keys import JoinKey
from roarbase.engine.filters.all import all_records
from roarbase.engine.filters.difference import difference
from roarbase.engine.filters.filter import Filter
from roarbase.engine.filters.holding_rows import holding_rows
from roarbase.engine.filters.id_range import id_range
from roarbase.engine.filters.intersect import intersect
from roarbase.engine.filters.not_null import not_null
from roarbase.engine.filters.nothing import nothing
from roarbase.engine.filters.number_in import number_in
from roarbase.engine.filters.number_range import number_range
from roarbase.engine.filters.record_set import record_set
from roarbase.engine.filters.referred import referred
from roarbase.engine.filters.referring import referring
from roarbase.engine.filters.refers_elsewhere import refers_elsewhere
from roarbase.engine.filters.row_is import row_is
from roarbase.engine.filters.rows_in import rows_in
from roarbase.engine.filters.rows_like import rows_like
from roarbase.engine.filters.shifted import shifted
from roarbase.engine.filters.slice import slice_of
from roarbase.engine.filters.union import union
from roarbase.engine.filters.xor import xor
from roarbase.engine.operators.scan import Scan

__all__ = ["filter_of", "selected"]

_COMPILERS: Mapping[type, Callable[[Scan, Any, Sequence[Filter]], Filter]] = {
    plan.All: all_records,
    plan.Nothing: nothing,
    plan.RecordSet: record_set,
    plan.IdRange: id_range,
    plan.RowIs: row_is,
    plan.RefersElsewhere: refers_elsewhere,
    plan.RowsIn: rows_in,
    plan.RowsLike: rows_like,
    plan.NumberRange: number_range,
    plan.NumberIn: number_in,
    plan.NotNull: not_null,
    plan.Union: union,
    plan.Intersect: intersect,
    plan.Difference: difference,
    plan.Xor: xor,
    plan.Slice: slice_of,
    plan.HoldingRows: holding_rows,
    plan.Shifted: shifted,
}


_JOINS: Mapping[type, Callable[[Scan, Any, Scan, Filter], Filter]] = {
    plan.Referred: referred,
    plan.Referring: referring,
}
"""Nodes whose input is of another table, and compiled there."""


def filter_of(scan: Scan, node: plan.Bitmap) -> Filter:
    """The records of a bitmap node; all of them exist."""
    scan.budget.check()
    if isinstance(node, (plan.Referred, plan.Referring)):
        return _join_of(scan, node)
    return _COMPILERS[type(node)](scan, node, [selected(scan, child) for child in _inputs(node)])


def _join_of(scan: Scan, node: plan.Referred | plan.Referring) -> Filter:
    """The records of a join: from the cache if nothing has changed in any of the tables."""
    key = JoinKey(node, scan.changes(node))
    resident = scan.resident_or_none(scan.table.joins, key)
    if resident is not None:
        return resident
    other = scan.on(node.table)
    found = _JOINS[type(node)](scan, node, other, selected(other, node.input))
    return found if found.is_nothing else structs.replace(found, origin=(scan.table.joins, key))


def selected(scan: Scan, node: plan.Bitmap) -> Filter:
    """The same, from a cached bitmap where there is one: for whoever reads the records, not only their count."""
    return scan.cached(filter_of(scan, node))


def _inputs(node: plan.Bitmap) -> tuple[plan.Bitmap, ...]:
    match node:
        case plan.Union() | plan.Intersect() | plan.Difference() | plan.Xor():
            return node.inputs
        case plan.Slice() | plan.Shifted():
            return (node.input,)
        case plan.HoldingRows():
            return (node.rows.input,)
        case _:
            return ()
