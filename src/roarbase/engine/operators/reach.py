"""Which tables a plan reads beside its own."""

from collections.abc import Iterator, Mapping

from roarbase.engine import plan as p

__all__ = ["tables_of"]

_INSIDE: Mapping[type, tuple[str, ...]] = {
    **dict.fromkeys((p.Union, p.Intersect, p.Difference, p.Xor), ("inputs",)),
    **dict.fromkeys((p.Slice, p.Shifted, p.Referred, p.Referring, p.Rows, p.ExtremeRow), ("input",)),
    **dict.fromkeys((p.Records, p.Count, p.TopRows, p.Sum, p.MinMax, p.Percentile, p.Distinct), ("input",)),
    **dict.fromkeys((p.Extract, p.Summarize, p.CountDistinct), ("input",)),
    p.GroupBy: ("input", "aggregate"),
    p.HoldingRows: ("rows",),
    p.Explain: ("plan",),
}


def tables_of(plan: p.Plan | p.Bitmap) -> frozenset[str]:
    """The uuids of the tables that nodes of the plan name.

    >>> sorted(tables_of(p.Count(p.Referred("b", "f", p.Referring("g", "c", p.All())))))
    ['b', 'c']
    """
    return frozenset(node.table for node in _nodes(plan) if isinstance(node, (p.Referred, p.Referring)))


def _nodes(plan: object) -> Iterator[object]:
    """A node, and all that can have a table inside it."""
    waiting: list[object] = [plan]
    while waiting:
        node = waiting.pop()
        yield node
        for member in _INSIDE.get(type(node), ()):
            inside = getattr(node, member)
            waiting += inside if isinstance(inside, tuple) else (inside,)
