"""Quiet moments: measuring while nothing else runs, on a machine that others use too.

Two processors of a guest are often the two halves of one: whatever runs beside a measurement, however low its
priority, makes single-threaded work take up to twice as long, and work of two threads less so. So a measurement
waits until nobody else runs, is looked at again when it is over, and repeated if somebody does.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

__all__ = ["Quiet", "others_running"]

_T = TypeVar("_T")

_LOAD = Path("/proc/loadavg")
_LOOK_S = 0.02
_TRIES = 8


def others_running() -> int:
    """How many threads have work at this moment beside the one that asks; 0 where the system does not tell."""
    try:
        return int(_LOAD.read_text().split()[3].partition("/")[0]) - 1
    except (OSError, ValueError, IndexError):
        return 0


class Quiet:
    """Waits for quiet moments, as long as patience lasts.

    Attributes:
        measured: How many measurements were made.
        disturbed: After how many of them somebody else was at work in spite of all.
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self.measured = 0
        self.disturbed = 0

    def during(self, measure: Callable[[], _T]) -> _T:
        """What `measure` gives in a quiet moment; if none comes, what it gives in another."""
        self.measured += 1
        for _ in range(_TRIES):
            self._wait()
            found = measure()
            if not others_running():
                return found
            if self._patience_s <= 0:
                break
        self.disturbed += 1
        return found

    def _wait(self) -> None:
        begun = time.monotonic()
        while others_running() and time.monotonic() - begun < self._patience_s:
            time.sleep(_LOOK_S)
        self._patience_s -= time.monotonic() - begun
