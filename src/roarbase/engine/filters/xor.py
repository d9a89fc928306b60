"""Xor: records in an odd number of inputs."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.filters.filter import Filter, odd_of
from roarbase.engine.operators.scan import Scan

__all__ = ["xor"]


def xor(_scan: Scan, _node: plan.Xor, inputs: Sequence[Filter]) -> Filter:
    return odd_of(inputs)
