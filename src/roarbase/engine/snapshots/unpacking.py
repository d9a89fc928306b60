"""In the background: what a start left packed is unpacked and names are entered, so that nobody waits for it later."""

import logging
import os
from collections import deque
from collections.abc import Callable, Sequence
from threading import Thread
from typing import NamedTuple

from roarbase.errors import LogDamaged

__all__ = ["Later", "Unpacking"]

_MOST_WORKERS = 4
_WORKER_BYTES = 16 << 20
"""For less than that one more thread is not worth its start."""

_log = logging.getLogger(__name__)


class Later(NamedTuple):
    """Something that whoever needs it does, if nobody has: doing it ahead is safe beside anything.

    Attributes:
        size_bytes: How much memory it fills.
        prepare: Does some of it; True: there is more. May raise LogDamaged.
    """

    size_bytes: int
    prepare: Callable[[], bool | None]


class Unpacking:
    """Threads that end when everything is done, or when they are told to."""

    def __init__(self, work: Sequence[Later]) -> None:
        self._work = deque(work)
        self._is_stopped = False
        size_bytes = sum(later.size_bytes for later in work)
        # One processor is left to those who ask meanwhile.
        most = max(1, min(_MOST_WORKERS, (os.cpu_count() or 1) - 1))
        workers = min(most, 1 + size_bytes // _WORKER_BYTES) if work else 0
        self._threads = [Thread(target=self._run, name="roarbase-unpack", daemon=True) for _ in range(workers)]

    def start(self) -> None:
        """Begin; where no thread can be started, whoever comes to a column unpacks it."""
        for number, thread in enumerate(self._threads):
            try:
                thread.start()
            except RuntimeError as error:
                _log.warning("no thread can be started to unpack snapshots (%s): questions will do it", error)
                del self._threads[number:]
                return

    def stop(self) -> None:
        """Do no more; returns when nobody does."""
        self._is_stopped = True
        self._work.clear()
        for thread in self._threads:
            thread.join()

    def wait(self) -> None:
        """Return once everything is done."""
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while self._work:
            try:
                later = self._work.popleft()
                if later.prepare() and not self._is_stopped:
                    self._work.appendleft(later)
            except IndexError:  # another one took the last
                return
            except LogDamaged as error:  # whoever needs it is told too
                _log.error("a snapshot cannot be read: %s", error)
            except MemoryError as error:
                _log.warning("snapshots are not unpacked ahead: %s", error)
                return
