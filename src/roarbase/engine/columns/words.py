"""Sorted words: a set of 64-bit words in a few sorted runs that have none in common.

Adding sorts only what is new; a run that has become half as long as the one before it is merged
with that one, so that each word is moved a few times only. Whoever keeps pairs or triples packs
them into words so that what is asked for together lies together. Eight bytes a word.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Mask, UInt64s, sorted_distinct

__all__ = ["SortedWords", "codes_of", "having_code"]

_LONGEST_MERGE = 2**22
"""Merging so many words takes some 40 ms, for which nobody can read or write: longer runs stay apart."""


class SortedWords:
    """A set of words.

    Args:
        ratio: A run stays apart from the one behind it if it is so many times as long: the higher, the fewer
            runs there are to look through, and the more often words are moved.

    >>> words = SortedWords()
    >>> words.add(np.array([7, 3, 7], np.uint64)).tolist()
    [3, 7]
    """

    def __init__(self, ratio: int = 2) -> None:
        self._ratio = ratio
        self._runs: list[UInt64s] = []

    def __len__(self) -> int:
        return sum(map(len, self._runs))

    @property
    def nbytes(self) -> int:
        return sum(run.nbytes for run in self._runs)

    def add(self, words: UInt64s) -> UInt64s:
        """Add words, and give those that are new, each once, ascending."""
        words = sorted_distinct(words)
        for run in self._runs:
            if not len(words):
                return words
            words = words[~_occur(run, words)]
        self.enter(words)
        return words

    def enter(self, words: UInt64s) -> None:
        """Add words that are not there, all different, ascending."""
        if len(words):
            self._runs.append(words)
            self._merge()

    def has(self, words: UInt64s) -> Mask:
        """Which of the words are there."""
        found = np.zeros(len(words), np.bool_)
        for run in self._runs:
            found |= _occur(run, words)
        return found

    def remove(self, words: UInt64s) -> UInt64s:
        """Take words out, and give those that were there, each once, ascending."""
        words = sorted_distinct(words)
        found = [words[:0]]
        runs = []
        for run in self._runs:
            here = words[_occur(run, words)]
            found.append(here)
            runs.append(np.delete(run, np.searchsorted(run, here)) if len(here) else run)
        self._replace(runs)
        return np.sort(np.concatenate(found))

    def between(self, low: int, high: int) -> list[UInt64s]:
        """The words from `low` to `high`, both included: stretches that are each ascending, for reading only."""
        bounds = np.array([low, high], np.uint64)
        found = []
        for run in self._runs:
            start, stop = np.searchsorted(run, bounds[0], "left"), np.searchsorted(run, bounds[1], "right")
            if start < stop:
                found.append(run[start:stop])
        return found

    def runs(self) -> Iterator[UInt64s]:
        """All words: stretches that are each ascending, for reading only."""
        return iter(self._runs)

    def together(self) -> UInt64s:
        """All words, ascending, as a new array."""
        # Stable, which merges sorted runs in one pass.
        return np.sort(np.concatenate((np.zeros(0, np.uint64), *self._runs)), kind="stable")

    def snapshot(self) -> "SortedWords":
        """The same words, whatever becomes of these: runs are never changed, only replaced."""
        words = SortedWords()
        words._runs = list(self._runs)
        return words

    @classmethod
    def of(cls, words: UInt64s) -> "SortedWords":
        """A set of words that are ascending, each once; the array is taken over."""
        found = cls()
        found._replace([words])
        return found

    def lowest(self) -> int:
        """The least word of a set that is not empty."""
        return min(int(run[0]) for run in self._runs)

    def keep(self, kept: list[Mask]) -> None:
        """Keep only some words: for each of the runs, those with that flag."""
        self._replace(self._kept(kept))

    def keeping(self, kept: list[Mask]) -> "SortedWords":
        """The same words as `keep` would leave, apart from these."""
        words = SortedWords()
        words._replace(self._kept(kept))
        return words

    def _kept(self, kept: list[Mask]) -> list[UInt64s]:
        return [run if mask.all() else run[mask] for run, mask in zip(self._runs, kept, strict=True)]

    def cut(self, bound: int) -> UInt64s:
        """Take out the words below a bound (up to 2^64), and give them in no particular order."""
        stops = [np.searchsorted(run, np.uint64(bound)) if bound < 2**64 else len(run) for run in self._runs]
        taken = [run[:stop] for run, stop in zip(self._runs, stops, strict=True)]
        # Copied, so that what was taken is freed.
        self._replace([run[stop:].copy() if stop else run for run, stop in zip(self._runs, stops, strict=True)])
        return np.concatenate((np.zeros(0, np.uint64), *taken))

    def _replace(self, runs: list[UInt64s]) -> None:
        self._runs = [run for run in runs if len(run)]

    def _merge(self) -> None:
        while len(self._runs) > 1:
            first, second = self._runs[-2:]
            if len(first) >= self._ratio * len(second) or len(first) + len(second) > _LONGEST_MERGE:
                return
            # Stable, which merges two sorted runs in one pass; in one step: if memory gives out, nothing is lost.
            self._runs[-2:] = [np.sort(np.concatenate((first, second)), kind="stable")]


def codes_of(words: UInt64s) -> NDArray[np.uint32]:
    """The lower halves of words, where codes stand; not copied."""
    return words.view(np.uint32)[0::2]


def having_code(words: UInt64s, flags: NDArray[np.uint8]) -> UInt64s:
    """The words whose code has its flag set."""
    codes, wanted = codes_of(words), np.flatnonzero(flags)
    # Comparing takes half the time of looking up.
    is_wanted: Mask = codes == np.uint32(wanted[0]) if len(wanted) == 1 else flags[codes] != 0
    return words[is_wanted]


def _occur(run: UInt64s, words: UInt64s) -> Mask:
    """Which words occur in a run that is not empty."""
    places = np.minimum(np.searchsorted(run, words), len(run) - 1)
    found: Mask = run[places] == words
    return found
