"""RowsLike: records holding a row whose key matches a pattern."""

from collections.abc import Sequence

import numpy as np

from roarbase.engine import plan
from roarbase.engine.bitmap.filters.filter import Filter
from roarbase.engine.bitmap.filters.holding import holding
from roarbase.engine.bitmap.operators.scan import BitmapScan
from roarbase.engine.plain.operators.bitmaps import codes_like

__all__ = ["rows_like"]


def rows_like(scan: BitmapScan, node: plan.RowsLike, _inputs: Sequence[Filter]) -> Filter:
    field = scan.rows(node.field, "a pattern")
    return holding(scan, field, codes_like(scan, field, np.arange(len(field.names)), node.pattern))
