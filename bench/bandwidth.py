"""How fast the machine reads memory: what memory-bound figures are a share of."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

__all__ = ["Bandwidth"]

_WORDS = 1 << 26
"""512 MB: beyond any cache."""


class Bandwidth:
    """What numpy's sum reads in some threads at once.

    Attributes:
        best: Bytes per second, the best of all measurements: others on the machine only slow it down.
    """

    def __init__(self, threads: int) -> None:
        self._parts = np.array_split(np.ones(_WORDS, dtype=np.uint64), threads)
        self._executor = ThreadPoolExecutor(threads)
        self.best = 0.0

    def measure(self) -> None:
        """Read once more."""
        started = time.perf_counter()
        list(self._executor.map(np.add.reduce, self._parts))
        size_bytes = sum(part.nbytes for part in self._parts)
        self.best = max(self.best, size_bytes / (time.perf_counter() - started))
