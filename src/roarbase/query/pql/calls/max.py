"""Max: the highest number of a field."""

from roarbase.engine import plan
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.pql.number_summary import NUMBER_PARAMETERS, ask_number
from roarbase.query.program import AskData

__all__ = ["MAX"]


def _plan(field: str, among: plan.Bitmap) -> plan.Plan:
    return plan.MinMax("max", field, among)


def _ask(given: Given) -> AskData:
    return ask_number(given, given.input(), _plan)


MAX = Signature(
    name="Max",
    sentence="The highest value of a number field among the records of its input, or all, and how many hold it.",
    example="Max(Row(species=setosa), field=petals)",
    gives="a number",
    inputs="one call that gives records",
    most=1,
    parameters=NUMBER_PARAMETERS,
    ask=_ask,
)
