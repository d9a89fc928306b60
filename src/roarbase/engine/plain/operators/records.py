"""Records and Count: the selected records themselves, and how many they are."""

import numpy as np

from roarbase.engine.plain.operators.bitmaps import mask_of
from roarbase.engine.plain.operators.ordering import order_of
from roarbase.engine.plain.operators.scan import Finish, Scan
from roarbase.engine.plan import Count, Records
from roarbase.model.results import CountResult, DataType, RecordsResult

__all__ = ["count", "records"]


def records(scan: Scan, plan: Records) -> Finish:
    """The ids or keys, in order of record."""
    positions = np.flatnonzero(mask_of(scan, plan.input))
    order = scan.record_order(positions)
    is_keyed = scan.record_type is DataType.STRING

    def finish() -> RecordsResult:
        names = scan.table.record_names(positions[order_of([order])])
        return RecordsResult(records=names, is_keyed=is_keyed)

    return finish


def count(scan: Scan, plan: Count) -> Finish:
    """How many records."""
    found = int(np.count_nonzero(mask_of(scan, plan.input)))
    return lambda: CountResult(count=found)
