"""What Sum, MinMax, Percentile and Summarize know of a number field over all selected records."""

from roarbase.engine.filters.filter import Filter, all_of
from roarbase.engine.filters.number_range import between
from roarbase.engine.kernels.port import Extreme
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import NumberField

__all__ = ["extreme_of", "holders_of", "total_of"]


def total_of(scan: Scan, among: Filter, field: NumberField) -> tuple[int, int | None]:
    """How many of the selected records have a number, and the sum; None for none."""
    scan.budget.check()
    counters = field.column.counters
    if among.is_nothing or not counters.count:
        return 0, None
    if among.is_all and scan.uses_counters:
        return counters.count, counters.total
    slot = scan.slots.column(field.column.buffers)
    found = scan.kernels.total(scan.slots.shards(), among.program(), slot)
    return found.count, found.total if found.count else None


def extreme_of(scan: Scan, among: Filter, field: NumberField, *, greatest: bool) -> Extreme | None:
    """The least or the greatest number that the selected records hold, and how many hold it; None for none."""
    scan.budget.check()
    counters = field.column.counters
    if among.is_nothing or not counters.count:
        return None
    bounds = counters.bounds_or_none() if among.is_all and scan.uses_counters else None
    if bounds is not None:
        value = bounds[greatest]
        return Extreme(value=value, count=counters.count_between_or_none(value, value) or 0)
    slot = scan.slots.column(field.column.buffers)
    return scan.kernels.extreme(scan.slots.shards(), among.program(), slot, greatest=greatest)


def holders_of(scan: Scan, among: Filter, field: NumberField, value: int) -> int:
    """How many of the selected records hold this number."""
    return scan.count(all_of((among, between(scan, field, value, value))))
