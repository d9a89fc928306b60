"""Union: the records in any of its inputs."""

from roarbase.engine import plan
from roarbase.query.pql.frame import Given, Signature

__all__ = ["UNION"]


def _records(given: Given) -> plan.Bitmap:
    return plan.Union(given.inputs())


UNION = Signature(
    name="Union",
    sentence="The records in any of its inputs; none without inputs.",
    example="Union(Row(species=setosa), Row(species=virginica))",
    inputs="any number of calls that give records",
    most=None,
    bitmap=_records,
)
