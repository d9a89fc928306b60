"""Values as values of another type: what CAST takes, and where one type stands for another."""

import re
from collections.abc import Callable
from typing import Any

from roarbase.errors import BadRequest
from roarbase.model.fields import INT64_MAX, INT64_MIN, MAXIMUM_ID
from roarbase.model.timestamps import timestamp_seconds, timestamp_text
from roarbase.model.vectors import text_of_vector
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.operations.arithmetic import power_of_ten, quotient
from roarbase.query.sql.later.operations.operation import failure, out_of_range
from roarbase.query.sql.later.operations.sets import set_text
from roarbase.query.sql.later.operations.times import checked_moment

__all__ = ["can_be_cast", "converted", "moment_of_text", "number_of_text", "truth_of_text"]

_BOOLS = {
    **dict.fromkeys(("1", "t", "T", "TRUE", "true", "True"), True),
    **dict.fromkeys(("0", "f", "F", "FALSE", "false", "False"), False),
}
_WHOLE = re.compile(r"[+-]?[0-9]{1,40}")
_DECIMAL = re.compile(r"([+-]?)([0-9]{0,40})(?:\.([0-9]{0,40}))?")
_DATE_LENGTH = len("2022-06-30")
_NANOSECONDS = 9

_CASTS: dict[Kind, tuple[Kind, ...]] = {
    Kind.INT: (Kind.BOOL, Kind.DECIMAL, Kind.ID, Kind.STRING, Kind.TIMESTAMP),
    Kind.ID: (Kind.INT, Kind.BOOL, Kind.DECIMAL, Kind.STRING),
    Kind.BOOL: (Kind.INT, Kind.STRING),
    Kind.DECIMAL: (Kind.STRING,),
    Kind.STRING: (Kind.INT, Kind.BOOL, Kind.DECIMAL, Kind.ID, Kind.TIMESTAMP),
    Kind.TIMESTAMP: (Kind.INT, Kind.STRING),
    Kind.IDSET: (Kind.STRING,),
    Kind.STRINGSET: (Kind.STRING,),
    Kind.IDSETQ: (Kind.STRING, Kind.IDSET),
    Kind.STRINGSETQ: (Kind.STRING, Kind.STRINGSET),
    Kind.VECTOR: (Kind.STRING,),
    Kind.NULL: tuple(Kind),
}


def can_be_cast(given: SqlType, wanted: SqlType) -> bool:
    """Whether CAST takes a value of one type for another.

    >>> can_be_cast(SqlType(Kind.DECIMAL, 2), SqlType(Kind.DECIMAL, 1))
    False
    """
    if given.kind == wanted.kind:
        return given.kind != Kind.DECIMAL or wanted.scale >= given.scale
    return wanted.kind in _CASTS.get(given.kind, ())


def converted(value: Any, given: SqlType, wanted: SqlType) -> Any:
    """A value of one type as one of another.

    Raises:
        BadRequest: The text says no such value, or it is out of range.
    """
    if value is None:
        return None
    if given.kind == wanted.kind and given.scale == wanted.scale:
        return value
    return _CONVERTERS.get(wanted.kind, _same)(value, given, wanted)


def _same(value: Any, _: SqlType, __: SqlType) -> Any:
    return value


def _refused(value: Any, wanted: SqlType) -> BadRequest:
    return failure(f"'{value}' cannot be cast to '{wanted}'")


def truth_of_text(text: str) -> bool | None:
    """A bool in one of the words for it; None: it is none."""
    return _BOOLS.get(text)


def moment_of_text(text: str) -> int | None:
    """A moment in nanoseconds since 1970: RFC 3339, or a date. None: the text says no moment."""
    seconds = timestamp_seconds(f"{text}T00:00:00Z" if len(text) == _DATE_LENGTH else text)
    return None if seconds is None else int(seconds.scaleb(_NANOSECONDS))


def _scaled(number: int, given: int, wanted: int) -> int:
    """A number of units as one of others; what they are too coarse for is cut off."""
    return number * 10 ** (wanted - given) if wanted >= given else quotient(number, 10 ** (given - wanted))


def _to_number(value: Any, given: SqlType, wanted: SqlType) -> int:
    if given.kind == Kind.STRING:
        number = number_of_text(value, wanted.scale)
        if number is None:
            raise _refused(value, wanted)
    elif given.kind == Kind.TIMESTAMP:
        number = value // 10**given.scale
    else:
        number = _scaled(int(value), given.scale, wanted.scale)
    low, high = (0, MAXIMUM_ID) if wanted.kind == Kind.ID else (INT64_MIN, INT64_MAX)
    if not low <= number <= high:
        raise _refused(value, wanted) if given.kind == Kind.STRING else out_of_range(value)
    return number


def number_of_text(text: str, scale: int) -> int | None:
    """A number in units of so many places; what is more exact is cut off. None: the text says none."""
    if not scale:
        return int(text) if _WHOLE.fullmatch(text) else None
    match = _DECIMAL.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        return None
    digits = (match[3] or "")[:scale].ljust(scale, "0")
    number = int((match[2] or "0") + digits)
    return -number if match[1] == "-" else number


def _to_bool(value: Any, given: SqlType, wanted: SqlType) -> bool:
    if given.kind != Kind.STRING:
        return bool(value)
    truth = truth_of_text(value)
    if truth is None:
        raise _refused(value, wanted)
    return truth


def _to_moment(value: Any, given: SqlType, wanted: SqlType) -> int:
    if given.kind == Kind.STRING:
        ns = moment_of_text(value)
        if ns is None:
            raise _refused(value, wanted)
        return checked_moment(ns) // power_of_ten(_NANOSECONDS - wanted.scale)
    if given.kind == Kind.TIMESTAMP:
        more = wanted.scale - given.scale
        return int(value) * power_of_ten(more) if more >= 0 else int(value) // power_of_ten(-more)
    checked_moment(value * 10**_NANOSECONDS)
    return int(value) * power_of_ten(wanted.scale)


def _to_string(value: Any, given: SqlType, _: SqlType) -> str:
    match given.kind:
        case Kind.BOOL:
            return "true" if value else "false"
        case Kind.DECIMAL:
            return _decimal_text(value, given.scale)
        case Kind.TIMESTAMP:
            return timestamp_text(value, given.scale)
        case Kind.IDSET | Kind.IDSETQ | Kind.STRINGSET | Kind.STRINGSETQ:
            return set_text(value)
        case Kind.VECTOR:
            return text_of_vector(value)
    return str(value)


def _decimal_text(number: int, scale: int) -> str:
    digits = f"{abs(number):0{scale + 1}d}"
    text = f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits
    return f"-{text}" if number < 0 else text


_CONVERTERS: dict[Kind, Callable[[Any, SqlType, SqlType], Any]] = {
    Kind.INT: _to_number,
    Kind.ID: _to_number,
    Kind.DECIMAL: _to_number,
    Kind.BOOL: _to_bool,
    Kind.TIMESTAMP: _to_moment,
    Kind.STRING: _to_string,
}
