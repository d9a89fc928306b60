"""UnionRows: the records of many rows at once."""

from roarbase.engine import plan
from roarbase.errors import StatementError
from roarbase.query.pql.calls.rows import ROWS, rows_field
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.pql.row_choice import choose_rows
from roarbase.query.pql.tree import Call

__all__ = ["UNION_ROWS"]


def _records(given: Given) -> plan.Bitmap:
    return plan.Union(tuple(_records_of(given, call) for call in given.call.children))


def _records_of(given: Given, call: Call) -> plan.Bitmap:
    inner = given.scope.given(call)
    if inner.signature is not ROWS:
        later = "; TopN and TopK are not supported yet" if inner.name in ("TopK", "TopN") else ""
        raise _refused(given, call, f"UnionRows takes calls of Rows, found {inner.name}{later}")
    chosen = choose_rows(inner, rows_field(inner))
    if chosen.within is not None:
        return plan.RowsIn(chosen.field, chosen.within)
    if chosen.after is not None or chosen.limit is not None or chosen.column is not None:
        raise _refused(given, call, "previous, limit and column of Rows inside UnionRows are not supported yet")
    if chosen.like is None:
        return plan.NotNull(chosen.field, chosen.during)
    return plan.RowsLike(chosen.field, chosen.like, chosen.during)


def _refused(given: Given, call: Call, message: str) -> StatementError:
    return given.scope.error(call.position, message)


UNION_ROWS = Signature(
    name="UnionRows",
    sentence="The records holding any of the rows that its inputs choose; none without inputs.",
    example='UnionRows(Rows(species, like="v%"))',
    inputs="calls of Rows",
    most=None,
    bitmap=_records,
)
