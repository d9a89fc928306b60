"""Records and Count: the selected records themselves, and how many they are."""

import numpy as np

from roarbase.engine.plain.operators.bitmaps import mask_of
from roarbase.engine.plain.operators.scan import Scan
from roarbase.engine.plan import Count, Records
from roarbase.model.results import CountResult, DataType, RecordsResult

__all__ = ["count", "records"]


def records(scan: Scan, plan: Records) -> RecordsResult:
    """The ids or keys, in order of record."""
    positions = scan.in_order(mask_of(scan, plan.input))
    names = scan.table.record_names(positions)
    return RecordsResult(records=names, is_keyed=scan.record_type is DataType.STRING)


def count(scan: Scan, plan: Count) -> CountResult:
    """How many records."""
    return CountResult(count=int(np.count_nonzero(mask_of(scan, plan.input))))
