"""All: every record that exists."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.filters.filter import ALL, Filter
from roarbase.engine.operators.scan import Scan

__all__ = ["all_records"]


def all_records(_scan: Scan, _node: plan.All, _inputs: Sequence[Filter]) -> Filter:
    return ALL
