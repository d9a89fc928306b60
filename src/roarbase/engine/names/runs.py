"""A sorted index as a short list of sorted runs, each at least twice as long as the next.

Adding sorts only what is new and now and then merges: n entries added in batches of any
size are each moved about log2(n) times. Finding searches every run, about log2(n) of them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s

__all__ = ["NumberedRuns", "is_merge_due"]

_Run = tuple[UInt64s, NDArray[np.uint32]]


def is_merge_due(lengths: list[int]) -> bool:
    """Whether the last run has become too long to stand beside the one before it."""
    return len(lengths) > 1 and lengths[-2] < 2 * lengths[-1]


class NumberedRuns:
    """From 64-bit words to numbers. A word may stand for several numbers (hashes do)."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        return sum(words.nbytes + numbers.nbytes for words, numbers in self._runs)

    def add(self, words: UInt64s, first_number: int) -> None:
        """Enter words under the numbers `first_number`, `first_number + 1`, ..."""
        self.enter(words, np.arange(first_number, first_number + len(words)))

    def enter(self, words: UInt64s, numbers: Int64s) -> None:
        """Enter words under these numbers."""
        if not len(words):
            return
        runs = [*self._runs, _sorted(words, numbers.astype(np.uint32))]
        while is_merge_due([len(words) for words, _ in runs]):
            older, newer = runs[-2:]
            runs[-2:] = [_sorted(np.concatenate((older[0], newer[0])), np.concatenate((older[1], newer[1])))]
        # In one step: if memory gives out above, nothing is lost, and who reads without the lock misses nothing.
        self._runs = runs

    def find(self, words: UInt64s) -> Int64s:
        """A number of each word, or -1."""
        out = np.full(len(words), -1, np.int64)
        for run_words, run_numbers in self._runs:
            places = np.minimum(np.searchsorted(run_words, words), len(run_words) - 1)
            found = run_words[places] == words
            out[found] = run_numbers[places[found]]
        return out

    def candidates(self, words: UInt64s) -> list[tuple[Int64s, NDArray[np.uint32]]]:
        """Every number of each word: pairs of (index into `words`, number), in several pieces."""
        pieces = []
        for run_words, run_numbers in self._runs:
            starts: NDArray[Any] = np.searchsorted(run_words, words, "left")
            stops: NDArray[Any] = np.searchsorted(run_words, words, "right")
            asked = np.flatnonzero(starts < stops)
            while len(asked):
                pieces.append((asked, run_numbers[starts[asked]]))
                starts[asked] += 1
                asked = asked[starts[asked] < stops[asked]]
        return pieces

    def truncate(self, size: int) -> None:
        """Forget the numbers from `size` upwards."""
        self._keep(lambda numbers: numbers < size)

    def forget(self, forgotten: Int64s) -> None:
        """Forget these numbers."""
        self._keep(lambda numbers: ~np.isin(numbers, forgotten))

    def _keep(self, is_kept: Callable[[NDArray[np.uint32]], Mask]) -> None:
        kept = ((words[here], numbers[here]) for words, numbers in self._runs for here in [is_kept(numbers)])
        self._runs = [run for run in kept if len(run[0])]


def _sorted(words: UInt64s, numbers: NDArray[np.uint32]) -> _Run:
    order = np.argsort(words, kind="stable")  # stable: numpy's timsort merges two sorted runs in one pass
    return words[order], numbers[order]
