"""What one query may spend."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from roarbase.errors import RequestTimeout

__all__ = ["Budget"]


def _nobody_gave_up() -> bool:
    return False


@dataclass(frozen=True, kw_only=True, slots=True)
class Budget:
    """A limit on the run time of a query. Long loops call `check` now and then.

    Attributes:
        seconds: The limit, for the message; 0 is no limit.
        deadline_s: `time.monotonic()` at which it is over.
        is_abandoned: Whether nobody waits for the answer any more.
    """

    seconds: float = 0
    deadline_s: float = float("inf")
    is_abandoned: Callable[[], bool] = _nobody_gave_up

    @classmethod
    def of(cls, seconds: float, is_abandoned: Callable[[], bool] = _nobody_gave_up) -> "Budget":
        """A budget that begins now; 0 is no limit."""
        deadline_s = time.monotonic() + seconds if seconds else float("inf")
        return cls(seconds=seconds, deadline_s=deadline_s, is_abandoned=is_abandoned)

    def check(self) -> None:
        """Raise RequestTimeout once the time is over, or the client has gone."""
        if self.is_abandoned():
            raise RequestTimeout("the client did not wait for the answer")
        if time.monotonic() > self.deadline_s:
            raise RequestTimeout(
                f"the query ran longer than {self.seconds:g} s (setting query_seconds)", setting="query_seconds"
            )
