"""Rewrites of the typed tree, in the order in which they run. Each keeps the answer; none needs another."""

from collections.abc import Callable

from roarbase.query.sql.later.passes.push_filters import push_filters
from roarbase.query.sql.later.tree import Selected

__all__ = ["PASSES", "rewritten"]

PASSES: tuple[Callable[[Selected], Selected], ...] = (push_filters,)


def rewritten(query: Selected) -> Selected:
    """The query after all passes."""
    for rewrite in PASSES:
        query = rewrite(query)
    return query
