"""Nothing: no record."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.bitmap.filters.filter import NOTHING, Filter
from roarbase.engine.bitmap.operators.scan import BitmapScan

__all__ = ["nothing"]


def nothing(_scan: BitmapScan, _node: plan.Nothing, _inputs: Sequence[Filter]) -> Filter:
    return NOTHING
