"""Count: how many records are selected."""

from collections.abc import Callable

from roarbase.engine.filters.compiler import filter_of
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import Count
from roarbase.model.results import CountResult

__all__ = ["count"]


def count(scan: Scan, plan: Count) -> Callable[[], CountResult]:
    """How many records."""
    number = scan.count(filter_of(scan, plan.input))
    return lambda: CountResult(count=number)
