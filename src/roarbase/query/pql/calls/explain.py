"""Explain: how a call is answered."""

from roarbase.engine import plan
from roarbase.query.pql.frame import Given, Signature
from roarbase.query.program import AskData

__all__ = ["EXPLAIN"]


def _ask(given: Given) -> AskData:
    step = given.scope.ask(given.call.children[0])
    if not isinstance(step, AskData) or isinstance(step.plan, plan.Explain):
        does = "explains" if isinstance(step, AskData) else "writes"
        raise given.error(f"Explain takes a call that asks; {given.call.children[0].name} {does}")
    return AskData(table=step.table, plan=plan.Explain(step.plan))


EXPLAIN = Signature(
    name="Explain",
    sentence=(
        "Runs its input, and tells how: a tree of steps, the question first and below each step those whose records it "
        "takes. Each says what it reads, how many records it was thought to select and how many it does, how many "
        "bytes of the table that touched, how long it took (what is inside it included) and what share of the "
        "machine's memory bandwidth that is, which is measured once. No bytes are touched where a counter answers, or "
        "of those parts of a number field whose least and greatest values decide."
    ),
    example="Explain(Count(Intersect(Row(species=setosa), Row(petals > 5))))",
    gives="a tree of steps",
    inputs="one call that asks",
    least=1,
    most=1,
    ask=_ask,
)
