"""What MinRow and MaxRow have in common."""

from dataclasses import replace
from typing import Literal

from roarbase.engine import plan
from roarbase.model.results import Result, RowResult
from roarbase.query.pql.frame import Given, Parameter
from roarbase.query.pql.kinds import FIELD
from roarbase.query.program import AskData

__all__ = ["EXTREME_ROW_PARAMETERS", "ask_extreme_row", "counted_once"]

EXTREME_ROW_PARAMETERS = (Parameter("field", FIELD, "The set, mutex, time or bool field.", is_required=True),)


def counted_once(result: Result) -> Result:
    """Without an input, a row counts as one."""
    assert isinstance(result, RowResult)
    return replace(result, count=min(result.count, 1))


def ask_extreme_row(given: Given, function: Literal["min", "max"]) -> AskData:
    """The step for the row of a field with the lowest or the highest id."""
    spec = given.field()
    if not spec.type.has_rows:
        raise given.error(
            f"{spec.type} fields are not supported by {given.name}, it takes fields with rows; {spec.name!r} has none",
            given.argument_or_none("field"),
        )
    asked = plan.ExtremeRow(function, spec.name, given.input())
    return given.ask(asked) if given.call.children else given.ask(asked, counted_once)
