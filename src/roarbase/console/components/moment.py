"""When something happened, as people say it; the exact time shows over it."""

from datetime import UTC, datetime

from roarbase.console.components.tag import Tag

__all__ = ["ago", "moment"]

_STEPS = ((86400 * 365, "year"), (86400 * 30, "month"), (86400, "day"), (3600, "hour"), (60, "minute"))


def ago(then: datetime, now: datetime) -> str:
    """How long ago, in the largest unit that fits.

    >>> ago(datetime(2026, 1, 1, 11), datetime(2026, 1, 1, 13, 59))
    '2 hours ago'
    """
    passed_s = (now - then).total_seconds()
    for length_s, word in _STEPS:
        if passed_s >= length_s:
            count = int(passed_s // length_s)
            return f"{count} {word}{'s' if count > 1 else ''} ago"
    return "a few seconds ago"


def moment(text: str) -> Tag:
    """A time as the API writes it."""
    then = datetime.fromisoformat(text)
    exact = then.strftime("%Y-%m-%d %H:%M:%S UTC")
    return Tag("time", ago(then, datetime.now(UTC)), title=exact, datetime=text)
