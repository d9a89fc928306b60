"""Limit: a stretch of the records of its input, in order of id."""

from roarbase.engine import plan
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import NATURAL

__all__ = ["LIMIT"]


def _records(given: Given) -> plan.Bitmap:
    return plan.Slice(given.input(), given.natural_or_none("limit"), given.natural_or_none("offset") or 0)


LIMIT = Signature(
    name="Limit",
    sentence="In order of id, the records of its input behind `offset`, and of these the first `limit`.",
    example="Limit(All(), limit=10, offset=2)",
    inputs="one call that gives records",
    least=1,
    most=1,
    parameters=(
        Parameter("limit", NATURAL, "Give this many records at most; without it, all."),
        Parameter("offset", NATURAL, "Leave out this many records first."),
    ),
    bitmap=_records,
)
