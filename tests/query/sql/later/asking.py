"""Statements of the later SQL on a database of one's own, in three ways that must agree."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import roarbase
from roarbase.embedded.statements import run_later_sql
from roarbase.engine.port import Engine
from roarbase.errors import RequestError
from roarbase.model.budget import Budget
from roarbase.model.results import DataType, Result, ResultColumn
from roarbase.model.timestamps import timestamp_text
from roarbase.query.sql.later.binding.queries import bind_query
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.catalog import Catalog
from roarbase.query.sql.later.compiler import Plans
from roarbase.query.sql.later.reading.queries import QueryReader
from roarbase.query.sql.later.residue.running import run_residue
from roarbase.query.sql.later.words import read_words
from roarbase.query.sql.source import Source

__all__ = ["ask", "by_residue_alone", "cells_of", "opened", "shown"]


@contextmanager
def opened(directory: Path) -> Iterator[Engine]:
    """The engine of a new database."""
    with roarbase.open(directory) as db:
        yield db._engine


def ask(engine: Engine, statement: str) -> Result | RequestError:
    """The answer to a statement, or what is wrong with it."""
    try:
        return run_later_sql(engine, statement, Plans())
    except RequestError as error:
        return error


def by_residue_alone(engine: Engine, statement: str) -> Result:
    """The answer to a query, every rewrite off: DuckDB gets all records and the whole statement."""
    source = Source(statement)
    binding = Binding(text=source, catalog=Catalog(schema=engine.schema()), now_ns=0)
    query = bind_query(binding, QueryReader(read_words(source, 100)).read())
    return run_residue(query, engine, Budget())


def cells_of(column: ResultColumn) -> list[Any]:
    """The cells of a column as a reader would write them."""
    if column.type is DataType.DECIMAL:
        return [None if cell is None else Decimal(cell).scaleb(-column.scale) for cell in column.cells]  # type: ignore[arg-type]
    if column.type is DataType.TIMESTAMP:
        return [None if cell is None else timestamp_text(cell, column.scale) for cell in column.cells]  # type: ignore[arg-type]
    return [*column.cells]


def shown(answer: Result | RequestError) -> list[str]:
    """An answer as case files have it: a line of columns, then one per row; an error behind `!`."""
    if isinstance(answer, RequestError):
        return [f"! {answer.message}"]
    columns = answer.table().columns
    if not columns:
        return []
    head = ", ".join(f"{column.name}:{column.sql_type}" for column in columns)
    rows = zip(*map(cells_of, columns), strict=True)
    return [head, *(" | ".join(map(_cell, row)) for row in rows)]


def _cell(cell: Any) -> str:
    if cell is None:
        return "null"
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, tuple):
        return f"[{', '.join(map(str, cell))}]"
    return str(cell)
