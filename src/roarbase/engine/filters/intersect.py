"""Intersect: records in every input, the cheapest first."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.filters.filter import Filter, all_of
from roarbase.engine.operators.scan import Scan
from roarbase.errors import BadRequest

__all__ = ["intersect"]


def intersect(_scan: Scan, _node: plan.Intersect, inputs: Sequence[Filter]) -> Filter:
    if not inputs:
        raise BadRequest("an intersection needs at least one input")
    return all_of(inputs)
