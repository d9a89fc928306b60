"""FieldValue: the number that one record has in a field."""

from roarbase.engine import plan
from roarbase.query.pql.conditions import record_name
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import FIELD, RECORD
from roarbase.query.pql.number_summary import refuse_reference
from roarbase.query.program import AskData

__all__ = ["FIELD_VALUE"]


def _ask(given: Given) -> AskData:
    spec, argument = given.field(), given.argument("column")
    if not spec.type.is_number:
        message = f"{spec.type} fields are not supported by FieldValue, it takes int, decimal and timestamp fields"
        raise given.error(message, given.argument_or_none("field"))
    refuse_reference(given, spec, given.argument_or_none("field"))
    record = plan.RecordSet((record_name(given, argument, argument.value),))
    return given.ask(plan.MinMax("min", spec.name, record))


FIELD_VALUE = Signature(
    name="FieldValue",
    sentence="The value of one record in a number field; its count is 1, or 0 where the record has none.",
    example="FieldValue(field=petals, column=1)",
    gives="a number",
    parameters=(
        Parameter("field", FIELD, "The field.", is_required=True),
        Parameter("column", RECORD, "The record.", is_required=True),
    ),
    ask=_ask,
)
