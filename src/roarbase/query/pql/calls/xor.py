"""Xor: the records in an odd number of its inputs."""

from roarbase.engine import plan
from roarbase.query.pql.frame import Given, Signature

__all__ = ["XOR"]


def _records(given: Given) -> plan.Bitmap:
    return plan.Xor(given.inputs())


XOR = Signature(
    name="Xor",
    sentence="The records in an odd number of its inputs: with two, those in exactly one. None without inputs.",
    example="Xor(Row(species=setosa), Row(petals > 5))",
    inputs="any number of calls that give records",
    most=None,
    bitmap=_records,
)
