"""Sum: the numbers of a field, added up."""

from roarbase.engine import plan
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.pql.number_summary import NUMBER_PARAMETERS, ask_number
from roarbase.query.program import AskData

__all__ = ["SUM"]


def _plan(field: str, among: plan.Bitmap) -> plan.Plan:
    return plan.Sum(field, among)


def _ask(given: Given) -> AskData:
    return ask_number(given, given.input(), _plan)


SUM = Signature(
    name="Sum",
    sentence="The sum of a number field over the records of its input, or over all, and how many records had a value.",
    example="Sum(Row(species=setosa), field=petals)",
    gives="a number",
    inputs="one call that gives records",
    most=1,
    parameters=NUMBER_PARAMETERS,
    ask=_ask,
)
