"""What one query may spend."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from roarbase.errors import PayloadTooLarge, RequestTimeout

__all__ = ["Budget", "Spent"]


def _nobody_gave_up() -> bool:
    return False


@dataclass(slots=True)
class Spent:
    """What a query has spent so far."""

    size_bytes: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """Limits of one query. Long loops call `check` now and then, and results are counted before they are made.

    Attributes:
        seconds: The limit on the run time, for the message; 0 is no limit.
        deadline_s: `time.monotonic()` at which it is over.
        most_records: How many records one answer may have; 0 is no limit.
        most_groups: How many groups, rows or values one answer may have; 0 is no limit.
        most_bytes: How many bytes of tables it may read; 0 is no limit.
        spent: What it has read of these.
        is_abandoned: Whether nobody waits for the answer any more.
    """

    seconds: float = 0
    deadline_s: float = float("inf")
    most_records: int = 0
    most_groups: int = 0
    most_bytes: int = 0
    spent: Spent = field(default_factory=Spent, compare=False)
    is_abandoned: Callable[[], bool] = _nobody_gave_up

    @classmethod
    def of(cls, seconds: float) -> "Budget":
        """A budget that begins now; 0 is no limit."""
        return cls(seconds=seconds, deadline_s=time.monotonic() + seconds) if seconds else cls()

    def check(self) -> None:
        """Raise RequestTimeout once the time is over, or the client has gone."""
        if self.is_abandoned():
            raise RequestTimeout("the client did not wait for the answer")
        if time.monotonic() > self.deadline_s:
            raise RequestTimeout(
                f"the query ran longer than {self.seconds:g} s (setting query_seconds)", setting="query_seconds"
            )

    def check_records(self, count: int) -> None:
        """Raise PayloadTooLarge if an answer of so many records is more than may be returned."""
        _check("records", count, self.most_records, "query_records")

    def check_groups(self, count: int) -> None:
        """Raise PayloadTooLarge if an answer of so many groups, rows or values is more than may be returned."""
        _check("groups, rows or values", count, self.most_groups, "query_groups")

    def spend_bytes(self, size: int) -> None:
        """Count bytes that are about to be read; PayloadTooLarge if that is more than may be read."""
        self.spent.size_bytes += size
        if self.most_bytes and self.spent.size_bytes > self.most_bytes:
            raise PayloadTooLarge(
                f"the query would read {self.spent.size_bytes} bytes or more, at most {self.most_bytes} are read "
                "(setting query_bytes): ask for fewer fields or conditions; Explain tells what each step reads",
                setting="query_bytes",
                count=self.spent.size_bytes,
                limit=self.most_bytes,
            )


def _check(what: str, count: int, most: int, setting: str) -> None:
    if most and count > most:
        raise PayloadTooLarge(
            f"the answer has {count} {what}, at most {most} are returned (setting {setting}): select fewer, or give "
            "a limit",
            setting=setting,
            count=count,
            limit=most,
        )
