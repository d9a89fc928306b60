"""UnionRows: the records of many rows at once."""

from roarbase.engine import plan
from roarbase.query.pql.calls.rows import ROWS, rows_of
from roarbase.query.pql.calls.top_k import TOP_K, top_k_of
from roarbase.query.pql.calls.top_n import TOP_N, top_n_of
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.pql.tree import Call

__all__ = ["UNION_ROWS"]


def _records(given: Given) -> plan.Bitmap:
    return plan.Union(tuple(_records_of(given, call) for call in given.call.children))


def _records_of(given: Given, call: Call) -> plan.Bitmap:
    inner = given.scope.given(call)
    if inner.signature is TOP_N:
        return plan.HoldingRows(top_n_of(inner))
    if inner.signature is TOP_K:
        return plan.HoldingRows(top_k_of(inner))
    if inner.signature is not ROWS:
        message = f"UnionRows takes calls of Rows, TopN and TopK; found {inner.name}"
        raise given.scope.error(call.position, message)
    return _records_of_rows(rows_of(inner))


def _records_of_rows(rows: plan.Rows) -> plan.Bitmap:
    if rows.within is not None:
        return plan.RowsIn(rows.field, rows.within)
    if rows.after is not None or rows.limit is not None or rows.column is not None:
        return plan.HoldingRows(rows)
    if rows.like is None:
        return plan.NotNull(rows.field, rows.during)
    return plan.RowsLike(rows.field, rows.like, rows.during)


UNION_ROWS = Signature(
    name="UnionRows",
    sentence="The records holding any of the rows that its inputs choose; none without inputs.",
    example='UnionRows(Rows(species, like="v%"))',
    inputs="calls of Rows, TopN or TopK",
    most=None,
    bitmap=_records,
)
