"""Sort: records in the order of a field's values."""

from roarbase.engine import plan
from roarbase.model.fields import FieldSpec
from roarbase.model.results import ExtractResult, Result, SortedResult
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import BOOL, FIELD, NATURAL
from roarbase.query.program import AskData

__all__ = ["SORT", "as_sorted", "sorted_extract"]


def sorted_extract(given: Given, fields: tuple[str | plan.FieldDuring, ...]) -> plan.Extract:
    """The table of these fields for the records of a Sort, in its order; not of those without a value."""
    spec = _field(given)
    descending = given.argument_or_none("sort-desc")
    return plan.Extract(
        input=plan.Intersect((given.input(), plan.NotNull(spec.name))),
        fields=fields,
        order=(plan.RecordOrder(spec.name, is_descending=descending is not None and descending.value is True),),
        limit=given.natural_or_none("limit"),
        offset=given.natural_or_none("offset") or 0,
    )


def _field(given: Given) -> FieldSpec:
    spec = given.field()
    if spec.type.is_multivalued:
        raise given.error(
            f"{spec.type} fields are not supported by Sort: a record holds several values; {spec.name!r} is one",
            given.argument_or_none("field"),
        )
    return spec


def as_sorted(result: Result) -> Result:
    """The records of a table of one field, with their values."""
    assert isinstance(result, ExtractResult)
    (values,) = result.fields
    return SortedResult(records=result.records, values=values)


def _ask(given: Given) -> AskData:
    return given.ask(sorted_extract(given, (given.field().name,)), as_sorted)


SORT = Signature(
    name="Sort",
    sentence="The records of its input that have a value in a field, by that value; most often inside Extract.",
    example="Sort(Row(species=setosa), field=petals, limit=10, sort-desc=true)",
    gives="a table",
    inputs="one call that gives records",
    least=1,
    most=1,
    parameters=(
        Parameter("field", FIELD, "The field to sort by: any but a set or time field.", is_required=True),
        Parameter("limit", NATURAL, "Give this many records at most; without it, all."),
        Parameter("offset", NATURAL, "Leave out this many records first."),
        Parameter("sort-desc", BOOL, "Whether the highest value comes first; without it, the lowest does."),
    ),
    ask=_ask,
)
