"""Shifted: the existing records whose ids are those of the input and a constant more."""

from collections.abc import Sequence

import numpy as np

from roarbase.engine import plan
from roarbase.engine.buffers.arrays import UInt64s, sorted_distinct
from roarbase.engine.filters.bitmaps import positions_filter
from roarbase.engine.filters.filter import NOTHING, Filter
from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.operators.scan import Scan
from roarbase.errors import BadRequest
from roarbase.model.fields import MAXIMUM_ID

__all__ = ["shifted", "shifted_ids"]


def shifted(scan: Scan, node: plan.Shifted, inputs: Sequence[Filter]) -> Filter:
    records = scan.table.records
    if records is None:
        return NOTHING
    if not isinstance(records, RecordIds):
        raise BadRequest(f"table {scan.table.name!r} knows its records by keys, which cannot be shifted")
    positions = records.find(shifted_ids(records.ids_at(scan.positions(inputs[0])), node.by))
    positions = positions[positions >= 0]
    return positions_filter(scan, sorted_distinct(positions[scan.table.exists.take(positions)]))


def shifted_ids(ids: UInt64s, by: int) -> UInt64s:
    """Ids and a constant more, as far as there are such ids.

    >>> shifted_ids(np.array([0, 5], np.uint64), -3).tolist()
    [2]
    """
    if abs(by) > MAXIMUM_ID:
        return ids[:0]
    if by < 0:
        return ids[ids >= np.uint64(-by)] - np.uint64(-by)
    return ids[ids <= np.uint64(MAXIMUM_ID - by)] + np.uint64(by)
