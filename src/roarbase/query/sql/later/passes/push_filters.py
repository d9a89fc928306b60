"""Conditions that bitmaps answer go down to the table they are about.

    before  select .. from t join u on .. where t.a = 1 and len(t.s) > 3
    after   select .. from (t among a = 1) join u on .. where len(t.s) > 3

Only down to tables whose records no outer join makes up for: there, a condition must be seen to fail.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from roarbase.query.sql.later.conditions import condition_or_none
from roarbase.query.sql.later.tree import Expr, JoinedSource, Query, Rows, TableRows
from roarbase.query.sql.later.walking import columns_in, reached, terms_of, together
from roarbase.query.sql.tree import Condition

__all__ = ["push_filters"]


def push_filters(query: Query) -> Query:
    """The query with conditions as far down as they go."""
    if query.source is None or query.where is None:
        return query
    there = reached(query.source)
    pushed, left = dict[int, list[Condition]](), list[Expr]()
    for term in terms_of(query.where):
        sources = {column.source for column in columns_in(term)}
        condition = condition_or_none(term) if len(sources) == 1 and sources <= there else None
        if condition is None:
            left.append(term)
        else:
            pushed.setdefault(sources.pop(), []).append(condition)
    return replace(query, source=_among(query.source, pushed), where=together(left)) if pushed else query


def _among(rows: Rows, pushed: Mapping[int, Sequence[Condition]]) -> Rows:
    """Tables with the conditions on them, by their numbers."""
    match rows:
        case JoinedSource():
            return replace(rows, left=_among(rows.left, pushed), right=_among(rows.right, pushed))
        case TableRows() if rows.number in pushed:
            return replace(rows, among=(*rows.among, *pushed[rows.number]))
    return rows
