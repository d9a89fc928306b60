"""Values out of text: a cell of CSV, or a string of JSON; and which numbers a type has."""

from typing import Any

from roarbase.errors import BadRequest
from roarbase.model.fields import INT64_MAX, INT64_MIN, MAXIMUM_ID
from roarbase.model.vectors import vector_of_text
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.kinds_of import SET_KINDS
from roarbase.query.sql.later.bulk.mapping import OutOfRange
from roarbase.query.sql.later.converting import moment_of_text, number_of_text, truth_of_text
from roarbase.query.sql.later.operations.times import checked_moment

__all__ = ["BETWEEN_MEMBERS", "BLANKS", "NS", "in_range", "value_of_text"]

NS = 10**9
BETWEEN_MEMBERS = ";"
BLANKS = " \t\r\n"
"""What does not count around a cell that is no string, and around the members of a set."""


def value_of_text(text: str, kind: SqlType) -> Any:
    """The value that a text says; a set has its members between semicolons.

    Raises:
        ValueError: It says none of the type; `OutOfRange` if one that is beyond it.
    """
    if kind.kind == Kind.STRING:
        return text
    if kind.kind == Kind.VECTOR:
        return _vector(text, kind.scale)
    if kind.kind in SET_KINDS:
        one = kind.member
        return tuple(dict.fromkeys(value_of_text(part.strip(BLANKS), one) for part in text.split(BETWEEN_MEMBERS)))
    value = _truth_or_number(text, kind)
    if value is None:
        raise ValueError(text)
    return value if kind.kind == Kind.BOOL else in_range(value, kind)


def in_range(number: int, kind: SqlType) -> int:
    """A whole number of units (of a moment: nanoseconds) as a value of a type.

    Raises:
        ValueError: It is no id; `OutOfRange` if it is beyond its type.
    """
    if kind.kind == Kind.TIMESTAMP:
        try:
            return checked_moment(number)
        except BadRequest:
            raise OutOfRange from None
    if kind.kind == Kind.ID:
        if not 0 <= number <= MAXIMUM_ID:
            raise ValueError
    elif not INT64_MIN <= number <= INT64_MAX:
        raise OutOfRange
    return number


def _vector(text: str, size: int) -> tuple[float, ...]:
    numbers = vector_of_text(text)
    if len(numbers) != size:
        raise ValueError(text)
    return numbers


def _truth_or_number(text: str, kind: SqlType) -> int | None:
    if kind.kind == Kind.BOOL:
        return truth_of_text(text)
    if kind.kind != Kind.TIMESTAMP:
        return number_of_text(text, kind.scale)
    ns = moment_of_text(text)
    if ns is not None:
        return ns
    seconds = number_of_text(text, 0)
    return None if seconds is None else seconds * NS
