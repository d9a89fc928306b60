"""What Sum, Min, Max and Percentile have in common."""

from collections.abc import Callable

from roarbase.engine import plan
from roarbase.model.fields import FieldSpec
from roarbase.model.results import Result, ValueCountResult
from roarbase.query.pql.frame import Given, Parameter
from roarbase.query.pql.kinds import FIELD
from roarbase.query.pql.tree import Argument
from roarbase.query.program import AskData

__all__ = ["NUMBER_PARAMETERS", "ask_number", "no_value", "refuse_reference"]

NUMBER_PARAMETERS = (Parameter("field", FIELD, "The field; its name alone may stand first.", is_required=True),)


def refuse_reference(given: Given, spec: FieldSpec, at: Argument | None) -> None:
    """Raise StatementError if a field's numbers only stand for the keys of another table's records."""
    if spec.is_reference:
        message = f"{given.name} takes numbers; {spec.name!r} refers to records of {spec.foreign_index!r}"
        raise given.error(message, at)


def no_value(_: Result) -> Result:
    """The answer where no record has a number."""
    return ValueCountResult(value=None, count=0)


def ask_number(given: Given, among: plan.Bitmap, plan_of: Callable[[str, plan.Bitmap], plan.Plan]) -> AskData:
    """The step for one number of a field among some records. A field with rows has no numbers: no value."""
    spec = given.field()
    refuse_reference(given, spec, given.argument_or_none("field"))
    if spec.type.is_number:
        return given.ask(plan_of(spec.name, among))
    return given.ask(plan.Count(plan.Nothing()), no_value)
