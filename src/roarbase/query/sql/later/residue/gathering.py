"""What a residue reads: the columns of all its tables, as they are at one moment."""

from collections.abc import Sequence

from roarbase.engine.edits import Ask
from roarbase.engine.plan import Extract
from roarbase.engine.port import Engine
from roarbase.model.budget import Budget
from roarbase.model.results import DataType, ResultColumn
from roarbase.query.sql.kinds import type_of
from roarbase.query.sql.later.answers import stored_column
from roarbase.query.sql.later.one_moment import answers_at_one_moment
from roarbase.query.sql.later.records import asked_fields, records_of
from roarbase.query.sql.later.residue.port import GatheredColumn
from roarbase.query.sql.later.residue.printing import Input
from roarbase.query.sql.later.tree import GivenRows, TableRows

__all__ = ["Inputs", "gather", "plan_of"]

Inputs = dict[str, list[GatheredColumn]]
"""Columns by the names of the sources."""

_TYPES = {
    DataType.UINT64: "UBIGINT",
    DataType.INT64: "BIGINT",
    DataType.STRING: "VARCHAR",
    DataType.BOOL: "BOOLEAN",
    DataType.DECIMAL: "BIGINT",
    DataType.TIMESTAMP: "BIGINT",
    DataType.UINT64_SET: "UBIGINT[]",
    DataType.STRING_SET: "VARCHAR[]",
    DataType.FLOAT64_LIST: "DOUBLE[]",
}


def plan_of(given: Input, rows: TableRows) -> Extract:
    """What is asked of the engine for an input."""
    fields = asked_fields(rows, [place for place in given.places if place])
    return Extract(input=records_of(rows), fields=fields)


def gather(inputs: Sequence[Input], engine: Engine, budget: Budget) -> Inputs:
    """The columns of all inputs."""
    tables = [(given, given.rows) for given in inputs if isinstance(given.rows, TableRows)]
    asks = [Ask(rows.table.id, plan_of(given, rows)) for given, rows in tables]
    answers = iter(answers_at_one_moment(asks, engine, budget))
    found: Inputs = {}
    for given in inputs:
        if isinstance(given.rows, GivenRows):
            height = len(given.rows.columns[0].cells) if given.rows.columns else 0
            found[given.name] = _columns(given, [given.rows.columns[place] for place in given.places], height)
        else:
            record, *values = next(answers).table().columns
            values = [_as_in_sql(given.rows, column) for column in values]
            columns = [record, *values] if 0 in given.places else values
            found[given.name] = _columns(given, columns, len(record.cells))
    return found


# ---- columns -----------------------------------------------------------------------------------


def _as_in_sql(rows: TableRows, column: ResultColumn) -> ResultColumn:
    return stored_column(column.name, type_of(rows.table.fields[column.name]), column.cells)


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
