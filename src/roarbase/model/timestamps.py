"""Timestamps as both languages write them: `YYYY-MM-DDTHH:MM:SS[.fraction](Z|+hh:mm|-hh:mm)`.

Source: RFC 3339, as the PQL reference and the SQL of June 2022 take it.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

__all__ = [
    "EARLIEST_SECONDS",
    "LATEST_SECONDS",
    "NANOSECOND_BOUND",
    "is_in_range",
    "seconds_range",
    "timestamp_seconds",
    "timestamp_text",
]

_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,18})[0-9]*+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

EARLIEST_SECONDS, LATEST_SECONDS = -62_135_596_799, 253_402_300_799
"""0001-01-01T00:00:01Z to 9999-12-31T23:59:59Z, both included: what a timestamp can be."""
NANOSECOND_BOUND = 2**32
"""In nanoseconds, 1833-11-24T17:31:44Z to 2106-02-07T06:28:16Z, both included."""


def timestamp_seconds(text: str) -> Decimal | None:
    """Seconds since 1970 in UTC, exactly, up to 18 digits of fraction. None: it is no timestamp.

    >>> timestamp_seconds("1970-01-01T01:00:00.5+01:00")
    Decimal('0.5')
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
    digits = fraction or ""
    units = seconds * 10 ** len(digits) + int(digits or "0")
    # Built from its parts: arithmetic would round to the 28 digits of the context.
    return Decimal((units < 0, tuple(map(int, str(abs(units)))), -len(digits)))


def seconds_range(unit: str) -> tuple[int, int]:
    """The first and the last moment that a timestamp field of this unit can hold, in seconds since 1970."""
    if unit == "ns":
        return -NANOSECOND_BOUND, NANOSECOND_BOUND
    return EARLIEST_SECONDS, LATEST_SECONDS


def is_in_range(seconds: Decimal | int, unit: str) -> bool:
    """Whether a moment, in seconds since 1970, is one that a timestamp field of this unit can hold."""
    low, high = seconds_range(unit)
    return low <= seconds <= high


def timestamp_text(number: int, places: int) -> str:
    """A moment as RFC 3339 in UTC, without needless zeros.

    Args:
        number: Times 10^places, the seconds since 1970; from year 1 to 9999.

    >>> timestamp_text(1_656_547_200_250, 3)
    '2022-06-30T00:00:00.25Z'
    """
    seconds, units = divmod(number, 10**places)
    moment = (_EPOCH + timedelta(seconds=seconds)).isoformat().removesuffix("+00:00")
    fraction = f".{units:0{places}d}".rstrip("0") if units else ""
    return f"{moment}{fraction}Z"
