"""Difference: the records of the first input that are in none of the others."""

from roarbase.engine import plan
from roarbase.query.pql.frame import Given, Signature

__all__ = ["DIFFERENCE"]


def _records(given: Given) -> plan.Bitmap:
    return plan.Difference(given.inputs())


DIFFERENCE = Signature(
    name="Difference",
    sentence="The records of the first input that are in none of the others.",
    example="Difference(All(), Row(species=setosa))",
    inputs="one call or more that give records",
    least=1,
    most=None,
    bitmap=_records,
)
