"""The bounds `from` and `to` of PQL.

A bound is a time of the minute, or that cut short: '2019', '2019-08', '2019-08-04',
'2019-08-04T14'; or Unix seconds.

Source: PQL reference, "Time bounds".
"""

import re
from datetime import UTC, datetime

from roarbase.engine import plan
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.query.pql.frame import Given
from roarbase.query.pql.kinds import TIME
from roarbase.query.pql.tree import Argument

__all__ = ["moment", "time_range_or_none"]

_BOUND = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2})(?::([0-9]{2}))?)?)?)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_range_or_none(given: Given, spec: FieldSpec) -> plan.TimeRange | None:
    """The range of time that a call asks a time field for by `from` or `to`; None if it has neither.

    Raises:
        StatementError: A bound is no time, or the field is not a time field.
    """
    start, stop = given.argument_or_none("from"), given.argument_or_none("to")
    if start is None and stop is None:
        return None
    return plan.TimeRange(_bound(given, spec, start), _bound(given, spec, stop))


def _bound(given: Given, spec: FieldSpec, bound: Argument | None) -> int | None:
    if bound is None:
        return None
    if spec.type is not FieldType.TIME:
        raise given.error(f"{bound.name}: {spec.name!r} is of type {spec.type}, not a time-field", bound)
    return moment(given, bound)


def moment(given: Given, bound: Argument) -> int:
    """The moment that an argument names, in seconds since 1970.

    Raises:
        StatementError: It is no time.
    """
    second = _second_or_none(bound.value) if isinstance(bound.value, str) else bound.value
    if not isinstance(second, int):
        raise given.wrong(bound, TIME.words)
    return second


def _second_or_none(text: str) -> int | None:
    """The moment at which a minute, hour, day, month or year begins, in seconds since 1970."""
    match = _BOUND.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute = (int(part) if part else None for part in match.groups())
    try:
        passed = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, tzinfo=UTC) - _EPOCH
    except ValueError:
        return None
    return passed.days * 86_400 + passed.seconds
