"""A lock that many may share or one may hold alone, in order of arrival.

Whoever waits is let in by turn, so that neither a stream of readers keeps a writer out
nor a stream of writers a reader.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable

__all__ = ["FairLock", "all_exclusive", "all_shared"]


class FairLock:
    """Shared or exclusive, first come first served. Not reentrant.

    Attributes:
        changes: Counts up whenever what the lock guards may have changed: equal numbers, seen while the
            lock is held, mean that nothing has.

    >>> lock = FairLock()
    >>> with lock.shared(), lock.shared():
    ...     "two readers at once"
    'two readers at once'
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._condition = threading.Condition(self._mutex)
        self._queue: deque[object] = deque()
        self._readers = 0
        self._is_writing = False
        self.changes = 0

    @property
    def is_waited_for(self) -> bool:
        """Whether somebody waits for the lock."""
        return bool(self._queue)

    def shared(self) -> "_Holding":
        """Hold the lock together with others who share it: a context."""
        return all_shared((self,))

    def exclusive(self) -> "_Holding":
        """Hold the lock alone: a context."""
        return all_exclusive((self,))

    def note_change(self) -> None:
        """Count a change, by who holds the lock alone and reads again before he gives it back."""
        self.changes += 1

    def _enter_shared(self) -> None:
        with self._mutex:
            if self._queue or self._is_writing:  # most often there is nobody to wait for
                self._wait_for(lambda: not self._is_writing)
            self._readers += 1

    def _leave_shared(self) -> None:
        with self._mutex:
            self._readers -= 1
            if self._queue:
                self._condition.notify_all()

    def _enter_exclusive(self) -> None:
        with self._mutex:
            if self._queue or self._is_writing or self._readers:
                self._wait_for(lambda: not self._is_writing and not self._readers)
            self._is_writing = True
            self.note_change()

    def _leave_exclusive(self) -> None:
        with self._mutex:
            self._is_writing = False
            if self._queue:
                self._condition.notify_all()

    def _wait_for(self, is_free: Callable[[], bool]) -> None:
        """Wait until all who came earlier are in and the lock is free for this use."""
        waiter = object()
        self._queue.append(waiter)
        try:
            self._condition.wait_for(lambda: self._queue[0] is waiter and is_free())
        finally:
            # Also when interrupted while waiting: a waiter left in the queue would block all behind it.
            self._queue.remove(waiter)
            self._condition.notify_all()


_Step = Callable[[FairLock], None]


class _Holding:
    """One holding of locks; a class, since every question and every write takes one."""

    __slots__ = ("_enter", "_held", "_leave", "_locks")

    def __init__(self, locks: Iterable[FairLock], enter: _Step, leave: _Step) -> None:
        self._locks = locks
        self._enter = enter
        self._leave = leave
        self._held: list[FairLock] = []

    def __enter__(self) -> None:
        try:
            for lock in self._locks:
                self._enter(lock)
                self._held.append(lock)
        except BaseException:  # interrupted while waiting
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        while self._held:
            self._leave(self._held.pop())


def all_shared(locks: Iterable[FairLock]) -> _Holding:
    """Hold several locks together with others, taken in the order in which everybody takes them: a context.

    In different orders, two of them could wait for each other for ever.
    """
    return _Holding(locks, FairLock._enter_shared, FairLock._leave_shared)


def all_exclusive(locks: Iterable[FairLock]) -> _Holding:
    """Hold several locks alone, taken in the same order: a context."""
    return _Holding(locks, FairLock._enter_exclusive, FairLock._leave_exclusive)
