"""RowsLike: records holding a row whose key matches a pattern."""

from collections.abc import Sequence

import numpy as np

from roarbase.engine import plan
from roarbase.engine.filters.filter import Filter
from roarbase.engine.filters.holding import holding
from roarbase.engine.filters.like import codes_like
from roarbase.engine.operators.scan import Scan

__all__ = ["rows_like"]


def rows_like(scan: Scan, node: plan.RowsLike, _inputs: Sequence[Filter]) -> Filter:
    field = scan.rows(node.field, "a pattern", node.during)
    return holding(scan, field, codes_like(scan, field, np.arange(len(field.names)), node.pattern))
