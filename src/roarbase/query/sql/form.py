"""The form of answers in June 2022: what columns are called and of which type they are.

A column is named by its alias, else by its field, else as its call is written, in lower case.
"""

from roarbase.model.results import DataType
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.tree import Aggregate, Operand

__all__ = ["data_type", "header"]

_TYPES = {
    Kind.ID: DataType.UINT64,
    Kind.STRING: DataType.STRING,
    Kind.IDSET: DataType.UINT64_SET,
    Kind.IDSETQ: DataType.UINT64_SET,
    Kind.STRINGSET: DataType.STRING_SET,
    Kind.STRINGSETQ: DataType.STRING_SET,
    Kind.BOOL: DataType.BOOL,
    Kind.INT: DataType.INT64,
    Kind.DECIMAL: DataType.DECIMAL,
    Kind.FLOAT: DataType.FLOAT64,
    Kind.TIMESTAMP: DataType.TIMESTAMP,
}


def header(operand: Operand) -> str:
    """The name of a column without an alias.

    >>> header(Aggregate("count", None, SqlType(Kind.INT)))
    'count(*)'
    """
    if not isinstance(operand, Aggregate):
        return operand.name
    argument = operand.field.name if operand.field is not None else "*"
    if operand.function == "count_distinct":
        return f"count(distinct {argument})"
    return f"{operand.function}({argument})"


def data_type(operand: Operand, *, by_member: bool) -> DataType:
    """The type of a column; `by_member` where sets come one member to a row."""
    if isinstance(operand, Aggregate) and operand.function in ("count", "count_distinct"):
        return DataType.UINT64
    kind: SqlType = operand.type.member if by_member else operand.type
    return _TYPES[kind.kind]
