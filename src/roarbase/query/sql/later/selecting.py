"""A query to the step that answers it: its value where it asks no table, bitmaps alone, or bitmaps and the residue."""

from roarbase.model.results import Result
from roarbase.query.program import AskResidue, Step, Tell
from roarbase.query.sql.later.answers import as_table
from roarbase.query.sql.later.evaluating import evaluate, is_constant
from roarbase.query.sql.later.lowering import plan_or_none
from roarbase.query.sql.later.passes import rewritten
from roarbase.query.sql.later.residue.running import residue_of
from roarbase.query.sql.later.settling import settled
from roarbase.query.sql.later.tree import Query, Selected

__all__ = ["answering_step"]


def answering_step(query: Selected) -> Step:
    """The step that answers a query.

    Raises:
        BadRequest: It asks no table, and fails.
    """
    if isinstance(query, Query) and _is_one_row(query):
        return Tell(_one_row(query))
    query = rewritten(query)
    return plan_or_none(query) or AskResidue(residue_of(settled(query)))


def _is_one_row(query: Query) -> bool:
    conditions = [] if query.where is None else [query.where]
    values = [*(output.value for output in query.outputs), *conditions]
    return query.source is None and not query.is_grouped and all(map(is_constant, values))


def _one_row(query: Query) -> Result:
    is_there = query.where is None or evaluate(query.where) is True
    is_kept = is_there and query.limit != 0 and not query.offset
    cells = [[evaluate(output.value)] if is_kept else [] for output in query.outputs]
    return as_table((o.name, o.value.type, cell) for o, cell in zip(query.outputs, cells, strict=True))
