"""What Sum, MinMax, Percentile and Summarize know of a number field over all selected records."""

from roarbase.engine.filters.filter import Filter, all_of
from roarbase.engine.filters.number_range import between
from roarbase.engine.kernels.port import Stats
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import NumberField

__all__ = ["holders_of", "stats_of", "total_of"]


def stats_of(scan: Scan, among: Filter, field: NumberField) -> Stats:
    """Count, sum, least and greatest of the numbers that the selected records hold."""
    scan.budget.check()
    counters = field.column.counters
    if among.is_nothing or not counters.count:
        return Stats(count=0, total=0, low=None, high=None)
    bounds = counters.bounds_or_none() if among.is_all and scan.uses_counters else None
    if bounds is not None:
        return Stats(count=counters.count, total=counters.total, low=bounds[0], high=bounds[1])
    slot = scan.slots.column(field.column.buffers)
    return scan.kernels.stats(scan.slots.shards(), among.program(), slot)


def total_of(scan: Scan, among: Filter, field: NumberField) -> tuple[int, int | None]:
    """How many of the selected records have a number, and the sum; None for none."""
    if among.is_all and scan.uses_counters:
        count, total = field.column.counters.count, field.column.counters.total
    else:
        stats = stats_of(scan, among, field)
        count, total = stats.count, stats.total
    return count, total if count else None


def holders_of(scan: Scan, among: Filter, field: NumberField, value: int) -> int:
    """How many of the selected records hold this number."""
    return scan.count(all_of((among, between(scan, field, value, value))))
