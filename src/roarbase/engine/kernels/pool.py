"""Threads that wait for work: a call borrows those that are idle, and never waits for one that comes late.

Handing work to a waiting thread takes some 20 microseconds; starting one takes longer, and so does an executor.
"""

import os
import threading
from collections import deque
from collections.abc import Callable

__all__ = ["Pool", "processors"]

_Work = Callable[[], None]


class _Share:
    """One helper's part in one call: whoever claims it first, helper or caller, decides whether it is done."""

    def __init__(self, work: _Work) -> None:
        self._work = work
        self._claim = threading.Lock()
        self._finished = threading.Lock()
        self._error: BaseException | None = None
        self._finished.acquire()

    def help(self) -> None:
        """Do the work, unless the caller was through before the helper woke up."""
        if not self._claim.acquire(blocking=False):
            return
        try:
            self._work()
        except BaseException as error:
            self._error = error
        finally:
            self._finished.release()

    def settle(self) -> None:
        """Withdraw what nobody has begun, wait for what somebody has, and raise what went wrong there."""
        if self._claim.acquire(blocking=False):
            return
        self._finished.acquire()
        if self._error is not None:
            raise self._error


class _Helper:
    """A thread with one share at a time."""

    def __init__(self, idle: deque["_Helper"]) -> None:
        self._idle = idle
        self._wake = threading.Lock()
        self._wake.acquire()
        self._share: _Share | None = None
        threading.Thread(target=self._serve, name="roarbase-kernels", daemon=True).start()

    def give(self, share: _Share | None) -> None:
        """Hand over a share; None ends the thread. Only for a helper taken from the idle ones."""
        self._share = share
        self._wake.release()

    def _serve(self) -> None:
        while True:
            self._wake.acquire()
            share, self._share = self._share, None
            if share is None:
                return
            share.help()
            # Nothing of the call may outlive it here: its buffers may be large.
            del share
            self._idle.append(self)


class Pool:
    """Helpers for all calls of a process. Threads are made when first needed."""

    def __init__(self, threads: int | None = None) -> None:
        """_Work with so many threads, callers included; None means one per processor of this process, at most 16."""
        self.threads = max(1, min(16, processors()) if threads is None else threads)
        self._idle: deque[_Helper] = deque()
        self._unmade = self.threads - 1
        self._making = threading.Lock()

    def run(self, work: _Work, threads: int) -> None:
        """Call `work` in this thread and at the same time in up to `threads` - 1 idle helpers.

        `work` takes its portions from a counter of its own: the answer is the same however many come.
        """
        shares: list[_Share] = []
        while len(shares) < threads - 1:
            helper = self._borrow()
            if helper is None:
                break
            shares.append(_Share(work))
            helper.give(shares[-1])
        try:
            work()
        finally:
            for share in shares:
                share.settle()

    def close(self) -> None:
        """End the idle threads; calls made later work alone."""
        with self._making:
            self._unmade = 0
        while self._idle:
            self._idle.pop().give(None)

    def _borrow(self) -> _Helper | None:
        try:
            return self._idle.pop()
        except IndexError:
            pass
        with self._making:
            if self._unmade == 0:
                return None
            self._unmade -= 1
        return _Helper(self._idle)


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
