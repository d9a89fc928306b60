"""Several questions answered as of one moment.

One is answered as the engine answers it. Of several, each is answered by itself, and then it is asked whether anything
was written meanwhile; if so, again. Where writes never pause, the writer itself answers them, between two writes.
"""

from collections.abc import Sequence

from roarbase.engine.edits import Ask, Edits
from roarbase.engine.plan import Count, Nothing
from roarbase.engine.port import Engine
from roarbase.model.budget import Budget
from roarbase.model.results import Result
from roarbase.model.written import Written

__all__ = ["answers_at_one_moment"]

_TRIES = 3


def answers_at_one_moment(asks: Sequence[Ask], engine: Engine, budget: Budget) -> Sequence[Result]:
    """The answers to several questions, of whichever tables, as if nothing was written between them."""
    for _ in range(_TRIES):
        before = engine.sequence()
        answers = [engine.run(ask.table, ask.plan, budget) for ask in asks]
        if len(asks) < 2 or _between_writes([_nothing(asks[0])], engine, budget).sequence == before:
            return answers
    return _between_writes(asks, engine, budget).answers


def _nothing(ask: Ask) -> Ask:
    """A question that nothing is read for."""
    return Ask(ask.table, Count(Nothing()))


def _between_writes(asks: Sequence[Ask], engine: Engine, budget: Budget) -> Written:
    """The answers of the writer: whatever was written before is counted, and nothing is written meanwhile."""
    return engine.commit(Edits(table=asks[0].table, steps=tuple(asks), budget=budget))
