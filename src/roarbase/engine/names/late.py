"""Names that a map has got and not entered yet: a start does not wait until millions of them are hashed."""

from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from roarbase.engine.buffers.arrays import Int64s

__all__ = ["LateNames"]

_Names = TypeVar("_Names")


class LateNames(Generic[_Names]):
    """Names, batch by batch, that wait until somebody asks the map for any. Every call but `put` is under its lock.

    Args:
        enter: Enters a batch under its numbers; if it raises, nothing is entered.
    """

    def __init__(self, enter: Callable[[_Names, Int64s], None]) -> None:
        self._enter = enter
        self._waiting: deque[tuple[_Names, Int64s]] = deque()

    def __len__(self) -> int:
        """How many names wait."""
        return sum(len(numbers) for _, numbers in [*self._waiting])

    def put(self, names: _Names, numbers: Int64s) -> None:
        """Have one more batch wait, of names that are not known, under numbers that stand for no other."""
        self._waiting.append((names, numbers))

    def enter_some(self) -> bool:
        """Have the next batch entered; whether there are more."""
        if self._waiting:
            names, numbers = self._waiting[0]
            self._enter(names, numbers)
            self._waiting.popleft()
        return bool(self._waiting)

    def enter_all(self) -> None:
        """Have all of them entered."""
        while self.enter_some():
            pass
