"""Union: records in any input."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.filters.filter import Filter, any_of
from roarbase.engine.operators.scan import Scan

__all__ = ["union"]


def union(_scan: Scan, _node: plan.Union, inputs: Sequence[Filter]) -> Filter:
    return any_of(inputs)
