"""RecordSet: the records of some ids or keys."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.bitmap.filters.bitmaps import positions_filter
from roarbase.engine.bitmap.filters.filter import Filter
from roarbase.engine.bitmap.operators.scan import BitmapScan

__all__ = ["record_set"]


def record_set(scan: BitmapScan, node: plan.RecordSet, _inputs: Sequence[Filter]) -> Filter:
    return positions_filter(scan, scan.positions_of(node.records))
