"""Records: the selected records themselves."""

from collections.abc import Callable

from roarbase.engine.filters.compiler import selected
from roarbase.engine.operators.cells import record_cells
from roarbase.engine.operators.gathering import gather
from roarbase.engine.operators.limits import check_records
from roarbase.engine.operators.ordering import by_record
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import Records
from roarbase.model.results import DataType, RecordsResult

__all__ = ["records"]


def records(scan: Scan, plan: Records) -> Callable[[], RecordsResult]:
    """The ids or keys, in order of record."""
    check_records(scan, plan.input)
    gathered = gather(scan, lambda now: selected(now, plan.input), ())
    is_keyed = scan.record_type is DataType.STRING

    def finish() -> RecordsResult:
        found = gathered()
        cells = record_cells(found.at(by_record(found.ids)))
        return RecordsResult(records=cells, is_keyed=is_keyed)

    return finish
