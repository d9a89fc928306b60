"""All: every record that exists."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.bitmap.filters.filter import ALL, Filter
from roarbase.engine.bitmap.operators.scan import BitmapScan

__all__ = ["all_records"]


def all_records(_scan: BitmapScan, _node: plan.All, _inputs: Sequence[Filter]) -> Filter:
    return ALL
