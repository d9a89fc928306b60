"""Records: the selected records themselves."""

from collections.abc import Callable

from roarbase.engine.bitmap.filters.compiler import selected
from roarbase.engine.bitmap.operators.cells import gathered_names
from roarbase.engine.bitmap.operators.scan import BitmapScan
from roarbase.engine.plan import Records
from roarbase.model.results import DataType, RecordsResult

__all__ = ["records"]


def records(scan: BitmapScan, plan: Records) -> Callable[[], RecordsResult]:
    """The ids or keys, in order of record."""
    names = gathered_names(scan, scan.ordered_positions(selected(scan, plan.input)))
    is_keyed = scan.record_type is DataType.STRING
    return lambda: RecordsResult(records=names(), is_keyed=is_keyed)
