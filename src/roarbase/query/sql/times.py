"""Ranges of times, as BETWEEN has them beside a condition on a time field.

before  q = 'k' and q between '2022-06-01' and '2022-07-01'
after   q = 'k', asked of what was stamped from the first moment to before the second
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec.structs import replace

from roarbase.engine.plan import TimeRange
from roarbase.model.timestamps import timestamp_seconds
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.tree import And, Condition, Constant, Like, Not, OneOf, Operand, Or

__all__ = ["asks_among_others", "has_times", "narrowed", "second_or_none"]

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def has_times(kind: SqlType) -> bool:
    """Whether members of such sets are stamped with times."""
    return kind.kind in (Kind.IDSETQ, Kind.STRINGSETQ)


def second_or_none(text: str) -> int | None:
    """The second that a date, one with a time of the day in UTC, or an RFC 3339 timestamp says; None if it says none.

    >>> second_or_none("1970-01-02"), second_or_none("1970-01-01 00:01"), second_or_none("soon")
    (86400, 60, None)
    """
    if _MOMENT.fullmatch(text) is None:
        seconds = timestamp_seconds(text)
        return None if seconds is None else seconds.__floor__()
    try:
        passed = datetime.fromisoformat(text).replace(tzinfo=UTC) - _EPOCH
    except ValueError:
        return None
    return passed.days * 86_400 + passed.seconds


def narrowed(condition: Condition, ranges: Mapping[Operand, TimeRange]) -> tuple[Condition, Operand | None]:
    """A condition, asked of a range of times if its column has one, and that column.

    Alternatives are narrowed if all of them are about that column.
    """
    match condition:
        case OneOf(operand) | Like(operand) if operand in ranges:
            return replace(condition, during=ranges[operand]), operand
        case Or(inputs):
            asked = [narrowed(i, ranges) for i in inputs]
            about = {operand for i, (_, operand) in zip(inputs, asked, strict=True) if not isinstance(i, Constant)}
            if len(about) == 1 and None not in about:
                return Or(tuple(inner for inner, _ in asked)), about.pop()
    return condition, None


def asks_among_others(condition: Condition, ranges: Mapping[Operand, TimeRange]) -> bool:
    """Whether a condition that was not narrowed asks a column with a range for values: when, nobody could tell.

    What is not a value (`!=`, `not in`, `not like`) is asked whatever the time.
    """
    match condition:
        case Not(OneOf() | Like()):
            return False
        case Not(Not(inner)) | Not(inner):
            return asks_among_others(inner, ranges)
        case And(inputs) | Or(inputs):
            return any(asks_among_others(i, ranges) for i in inputs)
        case OneOf(operand) | Like(operand):
            return operand in ranges
    return False
