"""Times in PQL: timestamps as values of a field, and the bounds `from` and `to`.

A timestamp is `YYYY-MM-DDTHH:MM:SS[.fraction](Z|+hh:mm|-hh:mm)` in quotes. A bound is a time of
the minute, or that cut short: '2019', '2019-08', '2019-08-04', '2019-08-04T14'; or Unix seconds.

Source: PQL reference, lexical rules and "Time bounds".
"""

import re
from datetime import UTC, datetime
from fractions import Fraction

from roarbase.model.fields import FieldSpec, FieldType
from roarbase.query.pql.frame import Given
from roarbase.query.pql.kinds import TIME

__all__ = ["has_time_bounds", "timestamp_seconds"]

_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,18})[0-9]*+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_BOUND = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})(?:T([0-9]{2})(?::([0-9]{2}))?)?)?)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def timestamp_seconds(text: str) -> Fraction | None:
    """Seconds since 1970 in UTC, exactly, up to 18 digits of fraction. None: it is no timestamp.

    >>> timestamp_seconds("1970-01-01T01:00:00.5+01:00")
    Fraction(1, 2)
    """
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return None
    moment, fraction, zone = match.groups()
    try:
        # Offsets are subtracted by hand: in UTC the first and last hours of the calendar have no datetime.
        passed = datetime.fromisoformat(moment).replace(tzinfo=UTC) - _EPOCH
    except ValueError:
        return None
    seconds = passed.days * 86400 + passed.seconds
    if zone != "Z":
        hours, minutes = int(zone[1:3]), int(zone[4:6])
        if hours > 23 or minutes > 59:
            return None
        seconds -= (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)
    return Fraction(seconds) + (Fraction(f"0.{fraction}") if fraction else 0)


def has_time_bounds(given: Given, spec: FieldSpec) -> bool:
    """Whether a call bounds a time field by `from` or `to`.

    Raises:
        StatementError: A bound is no time, or the field is not a time field.
    """
    bounds = [a for name in ("from", "to") if (a := given.argument_or_none(name))]
    for bound in bounds:
        if spec.type is not FieldType.TIME:
            raise given.error(f"{bound.name}: {spec.name!r} is of type {spec.type}, not a time-field", bound)
        if isinstance(bound.value, str) and not _is_bound(bound.value):
            raise given.wrong(bound, TIME.words)
    return bool(bounds)


def _is_bound(text: str) -> bool:
    match = _BOUND.fullmatch(text)
    if match is None:
        return False
    year, month, day, hour, minute = (int(part) if part else None for part in match.groups())
    try:
        datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0)
    except ValueError:
        return False
    return True
