"""What only asks whether a record of another table is there becomes a question to bitmaps.

    before  select .. from t where a = 1 and _id in (select person from u where n < 10)
    before  select .. from t where a = 1 and exists (select * from u where u.person = t._id and n < 10)
    before  select t.b from t join u on t.f = u._id where u.n < 10
    after   select .. from (t among a = 1, matched by (u among n < 10))

It runs behind `push_filters`, so that conditions on the other table stand there already. A join goes only where each
record has one partner at most, which is so if its partner is named by its id, and if nothing else asks about it.
"""

from msgspec.structs import replace

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.tree import (
    Apply,
    Column,
    Expr,
    InSelected,
    JoinedSource,
    Matched,
    Picked,
    Query,
    Rows,
    TableRows,
)
from roarbase.query.sql.later.walking import all_columns_in, expressions_of, reached, terms_of, together

__all__ = ["match_records"]


def match_records(query: Query) -> Query:
    """The query, its semi-joins left to bitmaps."""
    if query.source is None:
        return query
    rows, left = query.source, list[Expr]()
    for term in terms_of(query.where):
        found = _matched(rows, term)
        if found is None:
            left.append(term)
        else:
            rows = _with(rows, *found)
    if len(left) < len(terms_of(query.where)):
        query = replace(query, source=rows, where=together(left))
    return query if not isinstance(rows, JoinedSource) else replace(query, source=_joined(query, rows))


def _with(rows: Rows, number: int, match: Matched) -> Rows:
    """The rows, those of one table left of which a partner is there."""
    if isinstance(rows, JoinedSource):
        return replace(rows, left=_with(rows.left, number, match), right=_with(rows.right, number, match))
    if isinstance(rows, TableRows) and rows.number == number:
        return replace(rows, matched=(*rows.matched, match))
    return rows


# ---- conditions --------------------------------------------------------------------------------


def _matched(rows: Rows, term: Expr) -> tuple[int, Matched] | None:
    """The table that a term chooses records of, and how; None if bitmaps do not answer it."""
    match term:
        case InSelected(operand=Column() as own, query=Query() as inner, is_negated=False):
            other = _plain_rows(inner)
            given = inner.outputs[0].value
            if other is None or inner.where is not None or not isinstance(given, Column):
                return None
            return _pair(rows, own, other, given)
        case Picked(query=Query() as inner, is_asked=True):
            return _exists(rows, inner)
    return None


def _exists(rows: Rows, inner: Query) -> tuple[int, Matched] | None:
    other = _plain_rows(inner)
    if other is None:
        return None
    match inner.where:
        case Apply(operation="=", arguments=(Column() as one, Column() as two)):
            own, given = (two, one) if one.source == other.number else (one, two)
            return _pair(rows, own, other, given)
    return None


def _plain_rows(inner: Query) -> TableRows | None:
    """The table of a query that gives a row for each of some of its records; order does not matter."""
    if inner.is_grouped or inner.limit is not None or inner.offset or not isinstance(inner.source, TableRows):
        return None
    return None if inner.source.flat else inner.source


def _pair(rows: Rows, own: Column, other: TableRows, given: Column) -> tuple[int, Matched] | None:
    if given.source != other.number or own.source not in reached(rows) or not _can_match(own, given):
        return None
    return own.source, Matched(own.place, other, given.place)


def _can_match(one: Column, other: Column) -> bool:
    """Whether one names records by what the other is: ids by numbers, keys by keys."""
    if one.place and other.place:
        return False
    return {_names(one.type), _names(other.type)} in ({"ids"}, {"keys"})


def _names(kind: SqlType) -> str:
    return {Kind.ID: "ids", Kind.INT: "ids", Kind.STRING: "keys"}.get(kind.kind, "")


# ---- joins -------------------------------------------------------------------------------------


def _joined(query: Query, rows: Rows) -> Rows:
    """The rows without tables that only choose among the others."""
    if not isinstance(rows, JoinedSource) or rows.kind not in ("INNER", "LEFT"):
        return rows
    rows = replace(rows, left=_joined(query, rows.left))
    match rows.condition:
        case Apply(operation="=", arguments=(Column() as one, Column() as two)):
            for own, partner in ((one, two), (two, one)):
                if (left := _without(query, rows, own, partner)) is not None:
                    return left
    return rows


def _without(query: Query, join: JoinedSource, own: Column, partner: Column) -> Rows | None:
    """What a join is without the partner's table, if that is only there to be found by its id."""
    if partner.place or not _can_match(own, partner):
        return None
    sides = [(join.left, join.right)] if join.kind == "LEFT" else [(join.left, join.right), (join.right, join.left)]
    for kept, dropped in sides:
        is_alone = isinstance(dropped, TableRows) and not dropped.flat and dropped.number == partner.source
        if not is_alone or not isinstance(dropped, TableRows) or partner.source in _asked(query, join):
            continue
        if join.kind == "LEFT":
            return kept
        if own.source in reached(kept):
            return _with(kept, own.source, Matched(own.place, dropped, 0))
    return None


def _asked(query: Query, join: JoinedSource) -> set[int]:
    """The sources that a query asks anything of, but for the equality of one join."""
    asked = (part for part in expressions_of(query) if part is not join.condition)
    return {column.source for part in asked for column in all_columns_in(part)}
