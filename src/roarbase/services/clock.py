"""The wall clock, as a collaborator: it dates resources and never orders anything."""

from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["Clock", "utc_now"]

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time now, aware, in UTC, to the microsecond that both databases keep."""
    return datetime.now(UTC)
