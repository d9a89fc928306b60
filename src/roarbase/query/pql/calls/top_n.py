"""TopN: the rows that hold the most records, in the older form of TopK."""

from roarbase.engine import plan
from roarbase.model.fields import FieldType
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import FIELD, NATURAL, ROWS
from roarbase.query.program import AskData

__all__ = ["TOP_N"]

_LATER = ("ids", "tanimotoThreshold", "threshold")


def _ask(given: Given) -> AskData:
    spec = given.field()
    if spec.type not in (FieldType.SET, FieldType.MUTEX, FieldType.TIME):
        raise given.error(
            f"{spec.type} fields are not supported by TopN, it takes set, mutex and time fields",
            given.argument_or_none("field"),
        )
    if spec.cache_type == "none":
        raise given.error(f"TopN: {spec.name!r} has no cache; use TopK", given.argument_or_none("field"))
    later = next((a for name in _LATER if (a := given.argument_or_none(name))), None)
    if later is not None:
        raise given.error(f"TopN: the argument {later.name} is not supported yet", later)
    # n=0 means all, unlike the k of TopK.
    return given.ask(plan.TopRows(field=spec.name, k=given.natural_or_none("n") or None, input=given.input()))


TOP_N = Signature(
    name="TopN",
    sentence="The rows of a set, mutex or time field by how many records hold them, most first, exactly.",
    example="TopN(species, Row(petals > 5), n=2)",
    gives="rows with counts",
    inputs="one call that gives records",
    most=1,
    parameters=(
        Parameter("field", FIELD, "The field; its name alone may stand first.", is_required=True),
        Parameter("n", NATURAL, "Give this many rows at most; 0 or without it, all."),
        Parameter("ids", ROWS, "Not supported yet."),
        Parameter("threshold", NATURAL, "Not supported yet."),
        Parameter("tanimotoThreshold", NATURAL, "Not supported yet."),
    ),
    ask=_ask,
)
