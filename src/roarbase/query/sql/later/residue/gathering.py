"""What a residue reads: the columns of all its tables, as they are at one moment.

One table is read as the engine reads it. Of several, each is read by itself, and then it is asked whether anything was
written meanwhile; if so, again. Where writes never pause, the writer itself reads them, between two writes.
"""

from collections.abc import Sequence
from concurrent.futures import Future

from roarbase.engine.edits import Ask, Edits
from roarbase.engine.plan import Count, Extract, Nothing
from roarbase.engine.port import Engine
from roarbase.errors import RoarbaseError
from roarbase.model.budget import Budget
from roarbase.model.results import DataType, Result, ResultColumn
from roarbase.model.written import Written
from roarbase.query.sql.later.records import asked_fields, records_of
from roarbase.query.sql.later.residue.port import GatheredColumn
from roarbase.query.sql.later.residue.printing import Input
from roarbase.query.sql.later.tree import GivenRows, TableRows

__all__ = ["Inputs", "gather", "plan_of"]

Inputs = dict[str, list[GatheredColumn]]
"""Columns by the names of the sources."""

_TRIES = 3
_TYPES = {
    DataType.UINT64: "UBIGINT",
    DataType.INT64: "BIGINT",
    DataType.STRING: "VARCHAR",
    DataType.BOOL: "BOOLEAN",
    DataType.DECIMAL: "BIGINT",
    DataType.TIMESTAMP: "BIGINT",
    DataType.UINT64_SET: "UBIGINT[]",
    DataType.STRING_SET: "VARCHAR[]",
}


def plan_of(given: Input, rows: TableRows) -> Extract:
    """What is asked of the engine for an input."""
    fields = asked_fields(rows, [place for place in given.places if place])
    return Extract(input=records_of(rows), fields=fields)


def gather(inputs: Sequence[Input], engine: Engine, budget: Budget) -> Inputs:
    """The columns of all inputs."""
    tables = [(given, given.rows) for given in inputs if isinstance(given.rows, TableRows)]
    asks = [Ask(rows.table.id, plan_of(given, rows)) for given, rows in tables]
    answers = iter(_answers(asks, engine, budget))
    found: Inputs = {}
    for given in inputs:
        if isinstance(given.rows, GivenRows):
            height = len(given.rows.columns[0].cells) if given.rows.columns else 0
            found[given.name] = _columns(given, [given.rows.columns[place] for place in given.places], height)
        else:
            record, *values = next(answers).table().columns
            columns = [record, *values] if 0 in given.places else values
            found[given.name] = _columns(given, columns, len(record.cells))
    return found


# ---- one moment --------------------------------------------------------------------------------


def _answers(asks: Sequence[Ask], engine: Engine, budget: Budget) -> Sequence[Result]:
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
    outcome: Future[Written | RoarbaseError] = Future()
    engine.write(Edits(table=asks[0].table, steps=tuple(asks), budget=budget), outcome.set_result)
    told = outcome.result()
    if isinstance(told, RoarbaseError):
        raise told
    return told


# ---- columns -----------------------------------------------------------------------------------


def _columns(given: Input, columns: Sequence[ResultColumn], height: int) -> list[GatheredColumn]:
    if not given.places:  # count(*): nothing is read of a row but that it is there
        return [("nothing", "BOOLEAN", [None] * height)]
    pairs = zip(given.places, columns, strict=True)
    return [(f"c{place}", _TYPES[column.type], _sorted(column)) for place, column in pairs]


def _sorted(column: ResultColumn) -> Sequence[object]:
    """Cells, the members of sets in order: lists are equal only so."""
    if column.type not in (DataType.UINT64_SET, DataType.STRING_SET):
        return column.cells
    return [None if cell is None else sorted(cell) for cell in column.cells]  # type: ignore[call-overload]
