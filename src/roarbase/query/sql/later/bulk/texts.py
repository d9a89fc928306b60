"""Values out of text: a cell of CSV, or a string of JSON."""

from typing import Any

from roarbase.errors import BadRequest
from roarbase.model.fields import MAXIMUM_ID
from roarbase.model.vectors import vector_of_text
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.kinds_of import SET_KINDS
from roarbase.query.sql.later.converting import converted, moment_of_text
from roarbase.query.sql.later.operations.times import checked_moment
from roarbase.query.sql.later.tree import STRING

__all__ = ["BETWEEN_MEMBERS", "BLANKS", "value_of_text"]

_NS = 10**9
BETWEEN_MEMBERS = ";"
BLANKS = " \t\r\n"
"""What does not count around a cell that is no string, and around the members of a set."""


def value_of_text(text: str, kind: SqlType) -> Any:
    """The value that a text says; a set has its members between semicolons.

    Raises:
        ValueError: It says none of the type.
    """
    if kind.kind == Kind.STRING:
        return text
    if kind.kind == Kind.VECTOR:
        return _vector(text, kind.scale)
    if kind.kind in SET_KINDS:
        one = kind.member
        return tuple(dict.fromkeys(value_of_text(part.strip(BLANKS), one) for part in text.split(BETWEEN_MEMBERS)))
    if kind.kind == Kind.TIMESTAMP:
        return _moment(text)
    try:
        value = converted(text, STRING, kind)
    except BadRequest as error:
        raise ValueError(error.message) from None
    if kind.kind == Kind.ID and not 0 <= value <= MAXIMUM_ID:
        raise ValueError(text)
    return value


def _vector(text: str, size: int) -> tuple[float, ...]:
    numbers = vector_of_text(text)
    if len(numbers) != size:
        raise ValueError(text)
    return numbers


def _moment(text: str) -> int:
    ns = moment_of_text(text)
    if ns is not None:
        return ns
    try:
        return checked_moment(int(text) * _NS)
    except BadRequest as error:
        raise ValueError(error.message) from None
