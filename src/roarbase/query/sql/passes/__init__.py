"""Rewrites of the typed tree, in the order in which they run.

Each is a function from Select to Select that keeps the answer.
"""

from collections.abc import Callable
from dataclasses import replace

from roarbase.query.sql.passes.distinct_to_groups import distinct_to_groups
from roarbase.query.sql.passes.fold_constants import fold_constants
from roarbase.query.sql.passes.join_equalities import join_equalities
from roarbase.query.sql.passes.push_negations import push_negations
from roarbase.query.sql.tree import Select

__all__ = ["PASSES", "rewritten"]

PASSES: tuple[Callable[[Select], Select], ...] = (
    push_negations,
    fold_constants,
    join_equalities,
    distinct_to_groups,
)


def rewritten(select: Select) -> Select:
    """The statement after all passes, and so what is joined to its table."""
    for rewrite in PASSES:
        select = rewrite(select)
    return replace(select, joined=tuple(replace(j, records=rewritten(j.records)) for j in select.joined))
