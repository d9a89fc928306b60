"""A residue on an engine: its inputs are gathered, DuckDB is asked, its rows become the answer."""

from collections.abc import Sequence
from typing import Any

from roarbase.engine.plan import Extract
from roarbase.engine.port import Engine
from roarbase.model.budget import Budget
from roarbase.model.results import DataType, Result, ResultColumn
from roarbase.query.sql.kinds import SqlType
from roarbase.query.sql.later.answers import as_table
from roarbase.query.sql.later.records import asked_fields, records_of
from roarbase.query.sql.later.residue.loading import runner
from roarbase.query.sql.later.residue.port import GatheredColumn
from roarbase.query.sql.later.residue.printing import Input, print_query
from roarbase.query.sql.later.tree import GivenRows, Selected, TableRows

__all__ = ["run_residue"]

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


def run_residue(query: Selected, engine: Engine, budget: Budget) -> Result:
    """The answer to a query."""
    printed = print_query(query)
    inputs = {given.name: _gathered(given, engine, budget) for given in printed.inputs}
    rows = runner().run(printed.text, inputs, printed.called, budget)
    return _rows_as_table([(output.name, output.value.type) for output in query.outputs], rows)


def _rows_as_table(columns: Sequence[tuple[str, SqlType]], rows: Sequence[tuple[Any, ...]]) -> Result:
    """Rows as the answer of a statement."""
    cells: Sequence[Sequence[Any]] = [*zip(*rows, strict=True)] if rows else [()] * len(columns)
    return as_table([(name, kind, _plain(column)) for (name, kind), column in zip(columns, cells, strict=True)])


def _plain(cells: Sequence[Any]) -> list[Any]:
    """Cells with sets as tuples."""
    return [tuple(cell) if isinstance(cell, list) else cell for cell in cells]


def _gathered(given: Input, engine: Engine, budget: Budget) -> list[GatheredColumn]:
    if isinstance(given.rows, GivenRows):
        chosen = [given.rows.columns[place] for place in given.places]
        height = len(given.rows.columns[0].cells) if given.rows.columns else 0
        return _columns(given, chosen, height)
    return _records(given, given.rows, engine, budget)


def _records(given: Input, rows: TableRows, engine: Engine, budget: Budget) -> list[GatheredColumn]:
    fields = asked_fields(rows, [place for place in given.places if place])
    answer = engine.run(rows.table.id, Extract(input=records_of(rows), fields=fields), budget)
    record, *values = answer.table().columns
    return _columns(given, [record, *values] if 0 in given.places else values, len(record.cells))


def _columns(given: Input, columns: Sequence[ResultColumn], height: int) -> list[GatheredColumn]:
    if not given.places:  # count(*): nothing is read of a row but that it is there
        return [("nothing", "BOOLEAN", [None] * height)]
    return [
        (f"c{place}", _TYPES[column.type], _sorted(column)) for place, column in zip(given.places, columns, strict=True)
    ]


def _sorted(column: ResultColumn) -> Sequence[Any]:
    """Cells, the members of sets in order: lists are equal only so."""
    if column.type not in (DataType.UINT64_SET, DataType.STRING_SET):
        return column.cells
    return [None if cell is None else sorted(cell) for cell in column.cells]  # type: ignore[call-overload]
