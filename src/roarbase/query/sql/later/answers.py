"""Answers of the later language: columns with the type that they have in SQL."""

from collections.abc import Callable, Iterable
from typing import Any

from roarbase.model.results import Cells, DataType, ResultColumn, ResultTable
from roarbase.model.vectors import vectors_of_texts
from roarbase.query.sql.kinds import Kind, SqlType

__all__ = ["as_table", "stored_column", "typed_column"]

_TYPES = {
    Kind.ID: DataType.UINT64,
    Kind.INT: DataType.INT64,
    Kind.DECIMAL: DataType.DECIMAL,
    Kind.BOOL: DataType.BOOL,
    Kind.STRING: DataType.STRING,
    Kind.NULL: DataType.STRING,
    Kind.TIMESTAMP: DataType.TIMESTAMP,
    Kind.IDSET: DataType.UINT64_SET,
    Kind.IDSETQ: DataType.UINT64_SET,
    Kind.STRINGSET: DataType.STRING_SET,
    Kind.STRINGSETQ: DataType.STRING_SET,
    Kind.VECTOR: DataType.FLOAT64_LIST,
}

_STORED: dict[Kind, Callable[[Any], Cells]] = {Kind.VECTOR: vectors_of_texts}
"""How cells are read that the engine keeps as something else than SQL has them."""


def typed_column(name: str, kind: SqlType, cells: Cells) -> ResultColumn:
    """A column of an answer."""
    return ResultColumn(name=name, type=_TYPES[kind.kind], cells=cells, scale=kind.scale, sql_type=str(kind))


def stored_column(name: str, kind: SqlType, cells: Cells) -> ResultColumn:
    """The same of cells as the engine keeps them."""
    read = _STORED.get(kind.kind)
    return typed_column(name, kind, cells if read is None else read(cells))


def as_table(columns: Iterable[tuple[str, SqlType, Cells]]) -> ResultTable:
    """Columns as an answer."""
    return ResultTable(columns=tuple(typed_column(*column) for column in columns))
