"""MAP: where each value stands in a row, and of which type it is."""

from dataclasses import dataclass

from roarbase.errors import BadRequest
from roarbase.query.sql.kinds import SqlType
from roarbase.query.sql.later.operations.operation import failure

__all__ = ["Mapped", "Switches", "unconvertible"]


@dataclass(frozen=True, slots=True)
class Mapped:
    """One entry: a number of a column, a key, or a path."""

    source: int | str
    type: SqlType


@dataclass(frozen=True, kw_only=True, slots=True)
class Switches:
    """What WITH says of the form."""

    has_header: bool = False
    allows_missing: bool = False
    empty_is_null: bool = False
    null_is_null: bool = False


def unconvertible(value: object, kind: SqlType, row: int) -> BadRequest:
    """The error for a value that is none of its type; rows count from 1."""
    shown = str(value)[:100].encode("utf-8", "backslashreplace").decode()
    return failure(f"row {row}: value '{shown}' cannot be converted to type '{kind}'")
