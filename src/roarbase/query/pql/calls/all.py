"""All: every existing record."""

from roarbase.engine import plan
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import NATURAL

__all__ = ["ALL"]


def _records(given: Given) -> plan.Bitmap:
    limit, offset = given.natural_or_none("limit"), given.natural_or_none("offset") or 0
    return plan.All() if limit is None and not offset else plan.Slice(plan.All(), limit, offset)


ALL = Signature(
    name="All",
    sentence="Every existing record. Its arguments are those of Limit, which is the newer way to write them.",
    example="All()",
    parameters=(
        Parameter("limit", NATURAL, "Give this many records at most."),
        Parameter("offset", NATURAL, "Leave out this many records first."),
    ),
    bitmap=_records,
)
