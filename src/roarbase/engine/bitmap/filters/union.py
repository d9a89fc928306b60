"""Union: records in any input."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.bitmap.filters.filter import Filter, any_of
from roarbase.engine.bitmap.operators.scan import BitmapScan

__all__ = ["union"]


def union(_scan: BitmapScan, _node: plan.Union, inputs: Sequence[Filter]) -> Filter:
    return any_of(inputs)
