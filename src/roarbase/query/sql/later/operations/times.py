"""Functions of moments, which count nanoseconds since 1970, UTC."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from roarbase.model.fields import INT64_MAX, INT64_MIN
from roarbase.model.timestamps import EARLIEST_SECONDS, LATEST_SECONDS
from roarbase.query.sql.later.operations.arithmetic import quotient
from roarbase.query.sql.later.operations.operation import Operation, failure

__all__ = ["TIMES", "checked_moment"]

_NS = 10**9
_UNITS = {
    "wk": 7 * 86_400 * _NS,
    "d": 86_400 * _NS,
    "hh": 3_600 * _NS,
    "mi": 60 * _NS,
    "s": _NS,
    "ms": 10**6,
    "us": 10**3,
    "µs": 10**3,
    "ns": 1,
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONTH_NAMES = "January February March April May June July August September October November December"
_MONTHS = _MONTH_NAMES.split()
_DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
_LENGTHS = {"yy": 4, "m": 7, "d": 10, "hh": 13, "mi": 16, "s": 19, "ms": 23, "us": 26, "ns": 29}


def checked_moment(ns: int) -> int:
    """A moment of the years 1 to 9999, or raise."""
    if not EARLIEST_SECONDS <= ns // _NS <= LATEST_SECONDS:
        raise failure("timestamp value out of range: it is before the year 1, or after 9999")
    return ns


def _split(ns: int) -> tuple[datetime, int]:
    """The second in which a moment is, and the nanoseconds behind it."""
    seconds, rest = divmod(ns, _NS)
    return _EPOCH + timedelta(seconds=seconds), rest


_PARTS: dict[str, Callable[[datetime, int], int]] = {
    "yy": lambda t, _: t.year,
    "yd": lambda t, _: t.timetuple().tm_yday,
    "m": lambda t, _: t.month,
    "d": lambda t, _: t.day,
    "w": lambda t, _: t.isoweekday() % 7,
    "wk": lambda t, _: t.isocalendar().week,
    "hh": lambda t, _: t.hour,
    "mi": lambda t, _: t.minute,
    "s": lambda t, _: t.second,
    "ms": lambda _, ns: ns // 10**6,
    "us": lambda _, ns: ns // 10**3,
    "ns": lambda _, ns: ns,
}


def _part(unit: str, ns: int) -> int:
    part = _PARTS.get(unit.lower())
    if part is None:
        raise failure(f"invalid value '{unit}' for parameter 'interval'")
    return part(*_split(ns))


def _name(unit: str, ns: int) -> str:
    number = _part(unit, ns)
    names = {"m": lambda: _MONTHS[number - 1], "w": lambda: _DAYS[number]}.get(unit.lower())
    return names() if names is not None else str(number)


def _truncated(unit: str, ns: int) -> str:
    length = _LENGTHS.get(unit.lower())
    if length is None:
        raise failure(f"invalid value '{unit}' for parameter 'interval'")
    moment, rest = _split(ns)
    return f"{moment.isoformat().removesuffix('+00:00')}.{rest:09d}"[:length]


def _added(unit: str, count: int, ns: int) -> int:
    if (months := {"yy": 12, "m": 1}.get(unit.lower())) is not None:
        return checked_moment(_plus_months(ns, count * months))
    unit_ns = _UNITS.get(unit.lower())
    if unit_ns is None:
        raise failure(f"invalid value '{unit}' for parameter 'timeunit'")
    return checked_moment(ns + count * unit_ns)


def _plus_months(ns: int, months: int) -> int:
    """Months later; a day that the month does not have is as many days into the next."""
    moment, _ = _split(ns)
    years, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    if not 1 <= years <= 9999:
        raise failure("timestamp value out of range: it is before the year 1, or after 9999")
    days = (date(years, month + 1, 1) - moment.date().replace(day=1)).days
    return ns + days * _UNITS["d"]


def _difference(unit: str, first: int, second: int) -> int:
    name = unit.lower()
    if name in ("yy", "m"):
        one, other = _split(first)[0], _split(second)[0]
        years = other.year - one.year
        return years if name == "yy" else years * 12 + other.month - one.month
    unit_ns = _UNITS.get(name)
    if unit_ns is None:
        raise failure(f"invalid value '{unit}' for parameter 'timeunit'")
    found = quotient(second - first, unit_ns)
    if not INT64_MIN <= found <= INT64_MAX:
        raise failure(f"the difference in '{unit}' is out of range")
    return found


def _of_count(count: int, unit: str = "s") -> int:
    name = unit.lower()
    if name not in ("s", "ms", "us", "µs", "ns"):
        raise failure(f"invalid value '{unit}' for parameter 'timeunit'")
    return checked_moment(count * _UNITS[name])


def _of_parts(year: int, month: int, day: int, hour: int, minute: int, second: int, milli: int) -> int:
    bounds = ((year, 1, 9999), (month, 1, 12), (day, 1, 31), (hour, 0, 23), (minute, 0, 59), (second, 0, 59))
    for part, low, high in (*bounds, (milli, 0, 999)):
        if not low <= part <= high:
            raise failure(f"not a valid datetimepart {part}")
    try:
        passed = datetime(year, month, day, hour, minute, second, tzinfo=UTC) - _EPOCH
    except ValueError:
        raise failure(f"not a valid datetimepart {day}") from None
    return (passed.days * 86_400 + passed.seconds) * _NS + milli * 10**6


def _of_text(text: str, pattern: str) -> int:
    """The moment that a text says by a pattern of strptime; one without a zone is in UTC."""
    try:
        found = datetime.strptime(text, pattern)
    except (ValueError, re.error):
        raise failure(
            f"unable to convert '{text[:100]}' to type 'timestamp' by the pattern '{pattern[:100]}'"
        ) from None
    try:
        passed = (found if found.tzinfo is not None else found.replace(tzinfo=UTC)) - _EPOCH
    except OverflowError:
        raise failure("timestamp value out of range: it is before the year 1, or after 9999") from None
    return checked_moment((passed.days * 86_400 + passed.seconds) * _NS + passed.microseconds * 1000)


TIMES = (
    Operation(name="datetimepart", plain=_part),
    Operation(name="datetimename", plain=_name),
    Operation(name="date_trunc", plain=_truncated),
    Operation(name="datetimeadd", plain=_added),
    Operation(name="datetimediff", plain=_difference),
    Operation(name="totimestamp", plain=_of_count),
    Operation(name="datetimefromparts", plain=_of_parts),
    Operation(name="parsetimestamp", plain=_of_text),
)
