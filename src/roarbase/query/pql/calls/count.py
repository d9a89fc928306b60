"""Count: how many records, or how many distinct values."""

from roarbase.engine import plan
from roarbase.model.results import CountResult, Result
from roarbase.query.pql.calls.distinct import DISTINCT, distinct_of
from roarbase.query.pql.calls.shift import SHIFT, unshifted
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.program import AskData

__all__ = ["COUNT", "count_values"]


def count_values(result: Result) -> Result:
    """The number that a summary gives."""
    (number,) = result.table().columns[0].cells
    assert isinstance(number, int)
    return CountResult(count=number)


def _ask(given: Given) -> AskData:
    inner = given.scope.given(given.call.children[0])
    if inner.signature is DISTINCT:
        distinct = distinct_of(inner)
        assert isinstance(distinct.plan, plan.Distinct)
        value = plan.SummaryValue("count_distinct", distinct.plan.field)
        asked = plan.Summarize(input=distinct.plan.input, values=(value,))
        return AskData(table=distinct.table, plan=asked, finish=(count_values,))
    if inner.signature is SHIFT:  # as many ids as there were, whether or not records have them
        return given.ask(plan.Count(unshifted(inner)[0]))
    return given.ask(plan.Count(given.records_of(inner)))


COUNT = Signature(
    name="Count",
    sentence="How many records its input gives, or how many values a Distinct gives.",
    example="Count(Row(species=setosa))",
    gives="a number",
    inputs="one call that gives records, or Distinct",
    least=1,
    most=1,
    ask=_ask,
)
