"""Intersect: the records in all of its inputs."""

from roarbase.engine import plan
from roarbase.query.pql.frame import Given, Signature

__all__ = ["INTERSECT"]


def _records(given: Given) -> plan.Bitmap:
    return plan.Intersect(given.inputs())


INTERSECT = Signature(
    name="Intersect",
    sentence="The records in all of its inputs.",
    example="Intersect(Row(species=setosa), Row(petals > 5))",
    inputs="one call or more that give records",
    least=1,
    most=None,
    bitmap=_records,
)
