"""MAP: where each value stands in a row, and of which type it is."""

from dataclasses import dataclass

from roarbase.errors import BadRequest
from roarbase.query.sql.kinds import SqlType
from roarbase.query.sql.later.operations.operation import failure

__all__ = ["Mapped", "OutOfRange", "Switches", "refusal"]


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


class OutOfRange(ValueError):
    """A value of the right kind, beyond what its type holds."""


def refusal(value: str, kind: SqlType, row: int, why: ValueError) -> BadRequest:
    """The error for a value that is none of its type.

    Args:
        value: As it is told.
        row: Rows count from 1.
        why: What was raised for it.
    """
    shown = value[:100].encode("utf-8", "backslashreplace").decode()
    said = "out of range for" if isinstance(why, OutOfRange) else "cannot be converted to"
    return failure(f"row {row}: value '{shown}' {said} type '{kind}'")
