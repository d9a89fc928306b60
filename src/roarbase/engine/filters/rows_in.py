"""RowsIn: records holding any of some rows."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.filters.filter import Filter
from roarbase.engine.filters.named import holding_named
from roarbase.engine.operators.scan import Scan

__all__ = ["rows_in"]


def rows_in(scan: Scan, node: plan.RowsIn, _inputs: Sequence[Filter]) -> Filter:
    return holding_named(scan, node.field, node.rows, node.during)
