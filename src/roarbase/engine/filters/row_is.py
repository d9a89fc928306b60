"""RowIs: records holding one row."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.filters.filter import Filter
from roarbase.engine.filters.named import holding_named
from roarbase.engine.operators.scan import Scan

__all__ = ["row_is"]


def row_is(scan: Scan, node: plan.RowIs, _inputs: Sequence[Filter]) -> Filter:
    return holding_named(scan, node.field, (node.row,), node.during)
