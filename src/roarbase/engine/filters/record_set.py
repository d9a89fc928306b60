"""RecordSet: the records of some ids or keys."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.filters.bitmaps import positions_filter
from roarbase.engine.filters.filter import Filter
from roarbase.engine.operators.scan import Scan

__all__ = ["record_set"]


def record_set(scan: Scan, node: plan.RecordSet, _inputs: Sequence[Filter]) -> Filter:
    return positions_filter(scan, scan.positions_of(node.records))
