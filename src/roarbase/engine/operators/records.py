"""Records: the selected records themselves."""

from collections.abc import Callable

from roarbase.engine.filters.compiler import selected
from roarbase.engine.operators.cells import gathered_names
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import Records
from roarbase.model.results import DataType, RecordsResult

__all__ = ["records"]


def records(scan: Scan, plan: Records) -> Callable[[], RecordsResult]:
    """The ids or keys, in order of record."""
    names = gathered_names(scan, scan.ordered_positions(selected(scan, plan.input)))
    is_keyed = scan.record_type is DataType.STRING
    return lambda: RecordsResult(records=names(), is_keyed=is_keyed)
