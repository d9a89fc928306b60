"""Which tables a plan reads beside its own."""

from collections.abc import Mapping

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
    found = set()
    waiting: list[object] = [plan]
    for node in waiting:  # which grows meanwhile
        if isinstance(node, (p.Referred, p.Referring)):
            found.add(node.table)
        for member in _INSIDE.get(type(node), ()):
            inside = getattr(node, member)
            waiting += inside if isinstance(inside, tuple) else (inside,)
    return frozenset(found)
