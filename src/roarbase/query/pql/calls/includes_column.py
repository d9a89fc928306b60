"""IncludesColumn: whether a record is among others."""

from roarbase.engine import plan
from roarbase.model.results import BoolResult, CountResult, Result
from roarbase.query.pql.conditions import record_name
from roarbase.query.pql.frame import Given, Parameter, Signature
from roarbase.query.pql.kinds import RECORD
from roarbase.query.program import AskData

__all__ = ["INCLUDES_COLUMN", "is_any"]


def is_any(result: Result) -> Result:
    """Whether a count is of any."""
    assert isinstance(result, CountResult)
    return BoolResult(value=result.count > 0)


def _ask(given: Given) -> AskData:
    argument = given.argument("column")
    record = plan.RecordSet((record_name(given, argument, argument.value),))
    return given.ask(plan.Count(plan.Intersect((record, given.input()))), is_any)


INCLUDES_COLUMN = Signature(
    name="IncludesColumn",
    sentence="Whether a record is among those of its input.",
    example="IncludesColumn(Row(species=setosa), column=1)",
    gives="true or false",
    inputs="one call that gives records",
    least=1,
    most=1,
    parameters=(Parameter("column", RECORD, "The record.", is_required=True),),
    ask=_ask,
)
