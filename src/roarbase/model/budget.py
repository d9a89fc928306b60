"""What one query may spend."""

import time
from dataclasses import dataclass

from roarbase.errors import RequestTimeout

__all__ = ["Budget"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """A limit on the run time of a query. Long loops call `check` now and then.

    Attributes:
        seconds: The limit, for the message; 0 is no limit.
        deadline_s: `time.monotonic()` at which it is over.
    """

    seconds: float = 0
    deadline_s: float = float("inf")

    @classmethod
    def of(cls, seconds: float) -> "Budget":
        """A budget that begins now; 0 is no limit."""
        return cls(seconds=seconds, deadline_s=time.monotonic() + seconds) if seconds else cls()

    def check(self) -> None:
        """Raise RequestTimeout once the time is over."""
        if time.monotonic() > self.deadline_s:
            raise RequestTimeout(
                f"the query ran longer than {self.seconds:g} s (setting query_seconds)", setting="query_seconds"
            )
