"""Xor: records in an odd number of inputs."""

from collections.abc import Sequence

from roarbase.engine import plan
from roarbase.engine.bitmap.filters.filter import Filter, odd_of
from roarbase.engine.bitmap.operators.scan import BitmapScan

__all__ = ["xor"]


def xor(_scan: BitmapScan, _node: plan.Xor, inputs: Sequence[Filter]) -> Filter:
    return odd_of(inputs)
