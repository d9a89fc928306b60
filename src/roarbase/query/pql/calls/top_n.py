"""TopN: the rows that hold the most records, in the older form of TopK."""

from roarbase.engine import plan
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.query.pql.conditions import row_name
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import FIELD, HUNDREDTHS, NATURAL, ROWS
from roarbase.query.program import AskData

__all__ = ["TOP_N", "top_n_of"]


def top_n_of(given: Given) -> plan.TopRows:
    """The rows that a call of TopN gives."""
    spec = given.field()
    if spec.type not in (FieldType.SET, FieldType.MUTEX, FieldType.TIME):
        raise given.error(
            f"{spec.type} fields are not supported by TopN, it takes set, mutex and time fields",
            given.argument_or_none("field"),
        )
    if spec.cache_type == "none":
        raise given.error(f"TopN: {spec.name!r} has no cache; use TopK", given.argument_or_none("field"))
    return plan.TopRows(
        field=spec.name,
        k=given.natural_or_none("n") or None,  # n=0 means all, unlike the k of TopK
        input=given.input(),
        within=_ids(given, spec),
        least=max(given.natural_or_none("threshold") or 0, 1),
        similarity=_similarity(given),
    )


def _ids(given: Given, spec: FieldSpec) -> tuple[plan.RowName, ...] | None:
    argument = given.argument_or_none("ids")
    if argument is None:
        return None
    return tuple(dict.fromkeys(row_name(given, argument, spec, item) for item in given.items("ids")))


def _similarity(given: Given) -> int | None:
    argument, percent = given.argument_or_none("tanimotoThreshold"), given.natural_or_none("tanimotoThreshold")
    if argument is not None and not given.call.children:
        raise given.error(
            "TopN: tanimotoThreshold compares rows with the records of an input, and there is none", argument
        )
    return percent or None


def _ask(given: Given) -> AskData:
    return given.ask(top_n_of(given))


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
        Parameter("ids", ROWS, "Only these rows."),
        Parameter("threshold", NATURAL, "Only rows with as many records."),
        Parameter(
            "tanimotoThreshold",
            HUNDREDTHS,
            "Only rows more similar to the input than so many percent: the records in both, of those in any.",
        ),
    ),
    ask=_ask,
)
