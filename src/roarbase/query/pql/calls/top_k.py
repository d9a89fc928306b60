"""TopK: the rows that hold the most records."""

from roarbase.engine import plan
from roarbase.model.fields import FieldType
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import FIELD, NATURAL, TIME, call_of
from roarbase.query.pql.times import time_range_or_none
from roarbase.query.program import AskData

__all__ = ["TOP_K", "top_k_of"]


def top_k_of(given: Given) -> plan.TopRows:
    """The rows that a call of TopK gives."""
    spec = given.field()
    if spec.type not in (FieldType.SET, FieldType.MUTEX, FieldType.TIME):
        raise given.error(
            f"{spec.type} fields are not yet supported by TopK, it takes set, mutex and time fields",
            given.argument_or_none("field"),
        )
    return plan.TopRows(
        field=spec.name,
        k=given.natural_or_none("k"),
        input=given.filter(),
        during=time_range_or_none(given, spec),
    )


def _ask(given: Given) -> AskData:
    return given.ask(top_k_of(given))


TOP_K = Signature(
    name="TopK",
    sentence="The rows of a set, mutex or time field by how many records hold them, most first, exactly.",
    example="TopK(species, k=2, filter=Row(petals > 5))",
    gives="rows with counts",
    parameters=(
        Parameter("field", FIELD, "The field; its name alone may stand first.", is_required=True),
        Parameter("k", NATURAL, "Give this many rows at most; without it, all."),
        Parameter("filter", call_of("a call that gives records"), "Count only these records."),
        Parameter("from", TIME, "Count only what was set at or after this time; time fields only."),
        Parameter("to", TIME, "Count only what was set before this time; time fields only."),
    ),
    ask=_ask,
)
