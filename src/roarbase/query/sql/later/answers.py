"""Answers of the later language: columns with the type that they have in SQL."""

from collections.abc import Iterable

from roarbase.model.results import Cells, DataType, ResultColumn, ResultTable
from roarbase.query.sql.kinds import Kind, SqlType

__all__ = ["as_table", "typed_column"]

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


def typed_column(name: str, kind: SqlType, cells: Cells) -> ResultColumn:
    """A column of an answer."""
    return ResultColumn(name=name, type=_TYPES[kind.kind], cells=cells, scale=kind.scale, sql_type=str(kind))


def as_table(columns: Iterable[tuple[str, SqlType, Cells]]) -> ResultTable:
    """Columns as an answer."""
    return ResultTable(columns=tuple(typed_column(*column) for column in columns))
