"""When something happened, as people say it; the exact time shows over it."""

from datetime import UTC, datetime

from nicegui import Client

from roarbase.console.components.tag import Tag

__all__ = ["Moment", "ago", "moment", "renew_moments"]

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


class Moment(Tag):
    """A time as the API writes it."""

    def __init__(self, text: str) -> None:
        self._then = datetime.fromisoformat(text)
        exact = self._then.strftime("%Y-%m-%d %H:%M:%S UTC")
        super().__init__("time", self._words(), title=exact, datetime=text)

    def renew(self) -> None:
        """Say how long ago it is now."""
        if self.text != self._words():
            self.set_text(self._words())

    def _words(self) -> str:
        return ago(self._then, datetime.now(UTC))


def moment(text: str) -> Moment:
    """A time as the API writes it; a page that looks again and again keeps it true."""
    return Moment(text)


def renew_moments(client: Client) -> None:
    """Have all times of a page say how long ago they are now."""
    for element in list(client.elements.values()):
        if isinstance(element, Moment):
            element.renew()
