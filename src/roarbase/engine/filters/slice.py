"""Slice: in order of id, some of the input's records."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.filters.bitmaps import positions_filter
from roarbase.engine.filters.filter import Filter
from roarbase.engine.operators.first_records import first_records
from roarbase.engine.operators.scan import Scan, check_window

__all__ = ["slice_of"]


def slice_of(scan: Scan, node: plan.Slice, inputs: Sequence[Filter]) -> Filter:
    check_window(node.limit, node.offset)
    stop = None if node.limit is None else node.offset + node.limit
    return positions_filter(scan, first_records(scan, inputs[0], stop)[node.offset :])
