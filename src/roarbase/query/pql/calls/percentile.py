"""Percentile: the number of a field that a part of the values lies below."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from roarbase.engine import plan
from roarbase.model.results import Result, ValueCountResult
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import PERCENT, call_of
from roarbase.query.pql.number_summary import NUMBER_PARAMETERS, ask_number
from roarbase.query.program import AskData

__all__ = ["PERCENTILE", "as_percentile"]


def as_percentile(result: Result) -> Result:
    """A number, known to be a percentile."""
    assert isinstance(result, ValueCountResult)
    return replace(result, is_percentile=True)


def _ask(given: Given) -> AskData:
    nth = given.argument("nth").value
    assert isinstance(nth, (int, Decimal))
    asked = ask_number(given, given.filter(), lambda field, among: plan.Percentile(field, Fraction(nth), among))
    return replace(asked, finish=(*asked.finish, as_percentile))


PERCENTILE = Signature(
    name="Percentile",
    sentence="The number that `nth` percent of a field's values lie below, among the records of `filter` or all.",
    example="Percentile(petals, nth=50, filter=Row(species=setosa))",
    gives="a number",
    parameters=(
        *NUMBER_PARAMETERS,
        Parameter("nth", PERCENT, "How many percent; decimals are taken.", is_required=True),
        Parameter("filter", call_of("a call that gives records"), "Consider only these records."),
    ),
    ask=_ask,
)
