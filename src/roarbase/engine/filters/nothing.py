"""Nothing: no record."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.filters.filter import NOTHING, Filter
from roarbase.engine.operators.scan import Scan

__all__ = ["nothing"]


def nothing(_scan: Scan, _node: plan.Nothing, _inputs: Sequence[Filter]) -> Filter:
    return NOTHING
