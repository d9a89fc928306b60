"""Who takes the snapshots of one engine: a thread that starts when there is something to take, and whoever closes."""

import logging
import math
import time
from collections.abc import Callable
from threading import Condition, Thread
from typing import Protocol

from roarbase.engine.snapshots.policy import SnapshotPolicy, has_enough, is_worth_closing, seconds_until_due
from roarbase.engine.snapshots.taking import Taken
from roarbase.errors import Unavailable

__all__ = ["SnapshotThread", "Taking"]

_AFTER_FAILURE_S = 30
"""A disk that is full or broken is not asked again at once."""

_log = logging.getLogger(__name__)


class Taking(Protocol):
    """What the thread calls."""

    def take(self, is_wanted: Callable[[], bool] = ..., /) -> Taken: ...


class SnapshotThread:
    """Takes snapshots when the policy says so, until it is closed.

    Args:
        written_bytes: How much the log has grown since it was begun; never less than before.
    """

    def __init__(self, taker: Taking, policy: SnapshotPolicy, written_bytes: Callable[[], int]) -> None:
        self._taker = taker
        self._policy = policy
        self._written_bytes = written_bytes
        self._changed = Condition()
        self._thread: Thread | None = None
        self._is_closed = False
        self._last_moment = math.inf
        self._taken_bytes = 0
        self._taken_at = time.monotonic()
        self._not_before = 0.0

    def note(self) -> None:
        """Something was written: called by the writer, so it is short, and takes no time if nothing is due."""
        if self._thread is None or has_enough(self._policy, self._log_bytes):
            with self._changed:
                self._start()
                self._changed.notify()

    def close(self) -> None:
        """End, with last snapshots if that spares the next start much; shards are written for a limited time only."""
        with self._changed:
            self._is_closed = True
            self._last_moment = time.monotonic() + self._policy.closing_s
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()
        if is_worth_closing(self._policy, self._log_bytes):
            self._take()

    @property
    def _log_bytes(self) -> int:
        return self._written_bytes() - self._taken_bytes

    def _start(self) -> None:
        if self._thread is None and not self._is_closed:
            self._thread = Thread(target=self._run, name="roarbase-snapshots", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while self._wait() and self._take():
            pass

    def _take(self) -> bool:
        """Take snapshots; False: it is no use to try again."""
        written_bytes = self._written_bytes()
        try:
            taken = self._taker.take(lambda: time.monotonic() < self._last_moment)
        except Unavailable:  # closed, or the writer has failed: there will be nothing more to take
            return False
        except OSError as error:
            _log.warning("snapshots could not be written, and will be tried again: %s", error)
            self._not_before = time.monotonic() + _AFTER_FAILURE_S
            return True
        except BaseException:
            _log.exception("snapshots failed; none are taken until a restart, and the log keeps everything")
            return False
        if taken.is_whole:
            self._taken_bytes, self._taken_at = written_bytes, time.monotonic()
        _log.info("snapshots: %d files, %d bytes", taken.files, taken.size_bytes)
        return True

    def _wait(self) -> bool:
        """Until snapshots are due; False once closed."""
        with self._changed:
            while not self._is_closed:
                now = time.monotonic()
                seconds = seconds_until_due(self._policy, self._log_bytes, now - self._taken_at)
                if seconds is not None:
                    seconds = max(seconds, self._not_before - now)
                    if seconds <= 0:
                        return True
                self._changed.wait(seconds)
            return False
