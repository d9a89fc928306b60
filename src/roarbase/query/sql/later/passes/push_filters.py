"""Conditions that bitmaps answer go down to the table they are about.

    before  select .. from t join u on .. where t.a = 1 and len(t.s) > 3
    after   select .. from (t among a = 1) join u on .. where len(t.s) > 3

Only down to tables whose records no outer join makes up for: there, a condition must be seen to fail. In queries
within, it goes the same way.
"""

from dataclasses import replace

from roarbase.query.sql.later.conditions import condition_or_none
from roarbase.query.sql.later.tree import (
    BOOL,
    Apply,
    Combined,
    Expr,
    JoinedSource,
    QueryRows,
    Rows,
    Selected,
    TableRows,
)
from roarbase.query.sql.later.walking import columns_in
from roarbase.query.sql.tree import Condition

__all__ = ["push_filters"]


def push_filters(query: Selected) -> Selected:
    """The query with conditions as far down as they go."""
    if isinstance(query, Combined):
        return replace(query, left=push_filters(query.left), right=push_filters(query.right))
    if query.source is None:
        return query
    rows, left = _within(query.source), []
    reached = _reached(rows)
    for term in _terms(query.where):
        sources = {column.source for column in columns_in(term)}
        condition = condition_or_none(term) if len(sources) == 1 and sources <= reached else None
        if condition is None:
            left.append(term)
        else:
            rows = _among(rows, sources.pop(), condition)
    return replace(query, source=rows, where=_together(left))


def _terms(where: Expr | None) -> list[Expr]:
    if where is None:
        return []
    if isinstance(where, Apply) and where.operation == "AND":
        return [term for argument in where.arguments for term in _terms(argument)]
    return [where]


def _together(terms: list[Expr]) -> Expr | None:
    if not terms:
        return None
    return terms[0] if len(terms) == 1 else Apply(BOOL, "AND", tuple(terms))


def _within(rows: Rows) -> Rows:
    match rows:
        case JoinedSource():
            return replace(rows, left=_within(rows.left), right=_within(rows.right))
        case QueryRows():
            return replace(rows, query=push_filters(rows.query))
    return rows


def _reached(rows: Rows) -> set[int]:
    """The tables that conditions can go down to; not those with members one to a row."""
    match rows:
        case TableRows():
            return set() if rows.flat else {rows.number}
        case JoinedSource():
            left = _reached(rows.left) if rows.kind in ("INNER", "CROSS", "LEFT") else set()
            right = _reached(rows.right) if rows.kind in ("INNER", "CROSS", "RIGHT") else set()
            return left | right
    return set()


def _among(rows: Rows, number: int, condition: Condition) -> Rows:
    match rows:
        case JoinedSource():
            return replace(rows, left=_among(rows.left, number, condition), right=_among(rows.right, number, condition))
        case TableRows() if rows.number == number:
            return replace(rows, among=(*rows.among, condition))
    return rows
