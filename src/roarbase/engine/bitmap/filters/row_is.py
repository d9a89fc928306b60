"""RowIs: records holding one row."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.bitmap.filters.filter import Filter
from roarbase.engine.bitmap.filters.holding import holding
from roarbase.engine.bitmap.operators.scan import BitmapScan

__all__ = ["row_is"]


def row_is(scan: BitmapScan, node: plan.RowIs, _inputs: Sequence[Filter]) -> Filter:
    field = scan.rows(node.field, "asking for a row")
    return holding(scan, field, field.codes_of((node.row,)))
