"""How many records a node is thought to select, from what counters know: before anything is read."""

from collections.abc import Sequence
from math import prod

from roarbase.engine import plan as p
from roarbase.engine.filters.filter import Filter

__all__ = ["estimate"]

_UNKNOWN_SHARE = 1 / 3
"""Where counters do not tell: a condition is thought to hold for a third of the records."""


def estimate(node: p.Bitmap, found: Filter, total: int, inputs: Sequence[int]) -> int:
    """The records of a node, out of so many, whose inputs are thought to select so many each.

    Conditions are taken as independent of one another.
    """
    if found.positions is not None:
        return len(found.positions)
    known = total if found.is_all else found.known_count()
    if known is not None:
        return known
    return round(_share(node, [count / total if total else 0.0 for count in inputs]) * total)


def _share(node: p.Bitmap, inputs: Sequence[float]) -> float:
    match node:
        case p.Intersect():
            return prod(inputs)
        case p.Union():
            return 1 - prod(1 - share for share in inputs)
        case p.Difference():
            return inputs[0] * prod(1 - share for share in inputs[1:])
        case p.Xor():
            odd = 0.0
            for share in inputs:
                odd = odd * (1 - share) + share * (1 - odd)
            return odd
        case _:
            return _UNKNOWN_SHARE
