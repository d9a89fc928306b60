"""Min: the lowest number of a field."""

from roarbase.engine import plan
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.pql.number_summary import NUMBER_PARAMETERS, ask_number
from roarbase.query.program import AskData

__all__ = ["MIN"]


def _plan(field: str, among: plan.Bitmap) -> plan.Plan:
    return plan.MinMax("min", field, among)


def _ask(given: Given) -> AskData:
    return ask_number(given, given.input(), _plan)


MIN = Signature(
    name="Min",
    sentence="The lowest value of a number field among the records of its input, or all, and how many hold it.",
    example="Min(Row(species=setosa), field=petals)",
    gives="a number",
    inputs="one call that gives records",
    most=1,
    parameters=NUMBER_PARAMETERS,
    ask=_ask,
)
