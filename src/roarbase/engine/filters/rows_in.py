"""RowsIn: records holding any of some rows."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.filters.filter import Filter
from roarbase.engine.filters.holding import holding
from roarbase.engine.operators.scan import Scan

__all__ = ["rows_in"]


def rows_in(scan: Scan, node: plan.RowsIn, _inputs: Sequence[Filter]) -> Filter:
    field = scan.rows(node.field, "asking for a row", node.during)
    return holding(scan, field, field.codes_of(node.rows))
