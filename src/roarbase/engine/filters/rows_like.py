"""RowsLike: records holding a row whose key matches a pattern."""

from collections.abc import Sequence

import numpy as np

from roarbase.engine import plan
from roarbase.engine.filters.filter import Filter
from roarbase.engine.filters.holding import holding
from roarbase.engine.filters.like import codes_like, numbers_like
from roarbase.engine.filters.number_in import among_numbers
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import RowField

__all__ = ["rows_like"]


def rows_like(scan: Scan, node: plan.RowsLike, _inputs: Sequence[Filter]) -> Filter:
    field = scan.named(node.field, "a pattern", node.during)
    if isinstance(field, RowField):
        return holding(scan, field, codes_like(scan, field, np.arange(len(field.names)), node.pattern))
    kept = field.column.counters.values_or_none()
    numbers = field.target.keys.positions() if kept is None else kept[0]
    return among_numbers(scan, field, numbers_like(scan, field.target.keys, numbers, node.pattern).tolist())
