"""An array that grows at its end."""

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["Growing"]

_Kind = TypeVar("_Kind", bound=np.generic)
_FIRST_LENGTH = 16


class Growing(Generic[_Kind]):
    """Values one behind the other; the buffer doubles.

    >>> numbers = Growing(np.uint32)
    >>> numbers.extend(np.array([3, 4], np.uint32))
    >>> numbers.truncate(1)
    >>> numbers.values.tolist()
    [3]
    """

    def __init__(self, dtype: DTypeLike) -> None:
        self._buffer: NDArray[Any] = np.zeros(0, dtype)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def nbytes(self) -> int:
        """The size of the buffer."""
        return self._buffer.nbytes

    @property
    def values(self) -> NDArray[_Kind]:
        """All values, for reading only."""
        return self._buffer[: self._size]

    def extend(self, values: NDArray[_Kind]) -> None:
        """Append values."""
        stop = self._size + len(values)
        if stop > len(self._buffer):
            longer = np.zeros(max(_FIRST_LENGTH, 2 * len(self._buffer), stop), self._buffer.dtype)
            longer[: self._size] = self.values
            self._buffer = longer
        self._buffer[self._size : stop] = values
        self._size = stop

    def truncate(self, size: int) -> None:
        """Forget the values from number `size` on."""
        self._size = min(self._size, size)

    def replace(self, values: NDArray[_Kind]) -> None:
        """Have these values instead."""
        self._buffer, self._size = values, len(values)

    def trim(self) -> None:
        """Give up what the buffer has beyond its values."""
        self._buffer = self.values.copy()
