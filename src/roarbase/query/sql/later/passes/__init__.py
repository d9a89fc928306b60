"""Rewrites of one SELECT, in the order in which they run. Each keeps the answer; queries within come first."""

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from roarbase.query.sql.later.passes.match_records import match_records
from roarbase.query.sql.later.passes.push_filters import push_filters
from roarbase.query.sql.later.tree import Combined, Query, Selected
from roarbase.query.sql.later.walking import with_queries

__all__ = ["PASSES", "rewritten"]

PASSES: tuple[Callable[[Query], Query], ...] = (push_filters, match_records)


def rewritten(query: Selected, note: Callable[[str], None] | None = None) -> Selected:
    """The query after all passes.

    Args:
        note: Told the name of each pass that changed something.
    """
    change = partial(rewritten, note=note)
    if isinstance(query, Combined):
        return replace(query, left=change(query.left), right=change(query.right))
    query = with_queries(query, change)
    for rewrite in PASSES:
        before, query = query, rewrite(query)
        if note is not None and query != before:
            note(rewrite.__name__)
    return query
