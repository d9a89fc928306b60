"""Rewrites of the typed tree, in the order in which they run: of conditions, then of SELECT. Each keeps the answer."""

from collections.abc import Callable

from msgspec.structs import replace

from roarbase.query.sql.passes.distinct_to_groups import distinct_to_groups
from roarbase.query.sql.passes.fold_constants import fold_constants
from roarbase.query.sql.passes.join_equalities import join_equalities
from roarbase.query.sql.passes.push_negations import push_negations
from roarbase.query.sql.tree import Condition, Select

__all__ = ["CONDITION_PASSES", "PASSES", "rewritten", "rewritten_condition"]

CONDITION_PASSES: tuple[Callable[[Condition], Condition], ...] = (push_negations, fold_constants, join_equalities)

PASSES: tuple[Callable[[Select], Select], ...] = (distinct_to_groups,)


def rewritten_condition(condition: Condition) -> Condition:
    """The condition after all passes."""
    for rewrite in CONDITION_PASSES:
        condition = rewrite(condition)
    return condition


def rewritten(select: Select) -> Select:
    """The statement after all passes, and so what is joined to its table."""
    joined = tuple(replace(j, records=rewritten(j.records)) for j in select.joined)
    where, having = rewritten_condition(select.where), rewritten_condition(select.having)
    select = replace(select, where=where, having=having, joined=joined)
    for rewrite in PASSES:
        select = rewrite(select)
    return select
