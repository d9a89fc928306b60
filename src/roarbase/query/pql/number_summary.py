"""What Sum, Min, Max and Percentile have in common."""

from collections.abc import Callable

from roarbase.engine import plan
from roarbase.model.results import Result, ValueCountResult
from roarbase.query.pql.frame import Given, Parameter
from roarbase.query.pql.kinds import FIELD
from roarbase.query.program import AskData

__all__ = ["NUMBER_PARAMETERS", "ask_number", "no_value"]

NUMBER_PARAMETERS = (Parameter("field", FIELD, "The field; its name alone may stand first.", is_required=True),)


def no_value(_: Result) -> Result:
    """The answer where no record has a number."""
    return ValueCountResult(value=None, count=0)


def ask_number(given: Given, among: plan.Bitmap, plan_of: Callable[[str, plan.Bitmap], plan.Plan]) -> AskData:
    """The step for one number of a field among some records. A field with rows has no numbers: no value."""
    spec = given.field()
    if spec.type.is_number:
        return given.ask(plan_of(spec.name, among))
    return given.ask(plan.Count(plan.Nothing()), no_value)
