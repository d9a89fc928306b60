"""RowIs: records holding one row."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.filters.filter import Filter
from roarbase.engine.filters.holding import holding
from roarbase.engine.operators.scan import Scan

__all__ = ["row_is"]


def row_is(scan: Scan, node: plan.RowIs, _inputs: Sequence[Filter]) -> Filter:
    field = scan.rows(node.field, "asking for a row", node.during)
    return holding(scan, field, field.codes_of((node.row,)))
