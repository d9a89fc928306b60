"""Difference: records of the first input that are in none of the others."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.filters.filter import Filter, without
from roarbase.engine.operators.scan import Scan
from roarbase.errors import BadRequest

__all__ = ["difference"]


def difference(_scan: Scan, _node: plan.Difference, inputs: Sequence[Filter]) -> Filter:
    if not inputs:
        raise BadRequest("a difference needs at least one input")
    return without(inputs[0], inputs[1:])
