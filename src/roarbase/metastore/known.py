"""Rows that were read a moment ago: what every request asks for does not go to the database each time."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

__all__ = ["Known"]

_FRESH_S = 1.0
_MOST = 10_000

_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")


class Known(Generic[_K, _V]):
    """Remembers what was read by its key, for a second. Thread-safe.

    Whoever writes in this process has it forget, after the commit: so the next read sees what was written. What
    another process wrote is seen within the second.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._entries: dict[_K, tuple[float, _V]] = {}
        self._generation = 0

    def get_or_none(self, key: _K, read: Callable[[], _V | None]) -> _V | None:
        """What is remembered, or else what is read now, which is remembered if it is something."""
        began_s = self._monotonic()
        entry = self._entries.get(key)
        if entry is not None and began_s - entry[0] < _FRESH_S:
            return entry[1]
        generation = self._generation
        found = read()
        with self._lock:
            if found is not None and generation == self._generation:  # else it may be what stood there before a write
                if len(self._entries) >= _MOST:
                    self._entries.clear()
                self._entries[key] = began_s, found
        return found

    def forget(self) -> None:
        """Something was written: nothing that was read before is told any more."""
        with self._lock:
            self._generation += 1
            self._entries.clear()
