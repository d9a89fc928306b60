"""Not: the existing records that are not in its input."""

from roarbase.engine import plan
from roarbase.query.pql.frame import Given, Signature

__all__ = ["NOT"]


def _records(given: Given) -> plan.Bitmap:
    return plan.Difference((plan.All(), given.input()))


NOT = Signature(
    name="Not",
    sentence="The existing records that are not in its input.",
    example="Not(Row(species=setosa))",
    inputs="one call that gives records",
    least=1,
    most=1,
    bitmap=_records,
)
