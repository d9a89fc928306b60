"""Timestamps as both languages write them: `YYYY-MM-DDTHH:MM:SS[.fraction](Z|+hh:mm|-hh:mm)`.

Source: RFC 3339, as the PQL reference and the SQL of June 2022 take it.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal

__all__ = ["timestamp_seconds"]

_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,18})[0-9]*+)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
