"""A lock that many may share or one may hold alone, in order of arrival.

Whoever waits is let in by turn, so that neither a stream of readers keeps a writer out
nor a stream of writers a reader.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager

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

    def shared(self) -> "_Shared":
        """Hold the lock together with others who share it: a context."""
        return _Shared((self,))

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the lock alone."""
        with self._condition:
            self._wait_for(lambda: not self._is_writing and not self._readers)
            self._is_writing = True
            self.note_change()
        try:
            yield
        finally:
            with self._condition:
                self._is_writing = False
                self._condition.notify_all()

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


class _Shared:
    """One holding of locks that others may share; a class, since every question takes one."""

    __slots__ = ("_held", "_locks")

    def __init__(self, locks: Iterable[FairLock]) -> None:
        self._locks = locks
        self._held: list[FairLock] = []

    def __enter__(self) -> None:
        try:
            for lock in self._locks:
                lock._enter_shared()
                self._held.append(lock)
        except BaseException:  # interrupted while waiting
            self.__exit__()
            raise

    def __exit__(self, *_: object) -> None:
        while self._held:
            self._held.pop()._leave_shared()


def all_shared(locks: Iterable[FairLock]) -> "_Shared":
    """Hold several locks together with others, taken in the order in which everybody takes them: a context.

    In different orders, two of them could wait for each other for ever.
    """
    return _Shared(locks)


@contextmanager
def all_exclusive(locks: Iterable[FairLock]) -> Iterator[None]:
    """Hold several locks alone, taken in the same order."""
    with ExitStack() as stack:
        for lock in locks:
            stack.enter_context(lock.exclusive())
        yield
