"""Pairs: any number of rows per record, kept as sorted words of position and code.

A word is position x 2^32 + code. Words lie in a few sorted runs (see names/runs.py) that
have none in common, so a pair costs 8 bytes however many records and rows there are.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.plain.arrays import Int64s, Mask, UInt64s, ranges
from roarbase.engine.plain.names.runs import is_merge_due

__all__ = ["PairColumn"]

_SHIFT = np.uint64(32)
_CODE_BITS = np.uint64(2**32 - 1)


class PairColumn:
    """The rows of a set or time field."""

    def __init__(self) -> None:
        self._runs: list[UInt64s] = []

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        return sum(run.nbytes for run in self._runs)

    def add(self, positions: Int64s, codes: Int64s) -> None:
        """Give the record at `positions[i]` the row `codes[i]`, unless it has it already."""
        words = np.unique(_words(positions, codes))
        for run in self._runs:
            places = np.minimum(np.searchsorted(run, words), len(run) - 1)
            words = words[run[places] != words]
        if not len(words):
            return
        self._runs.append(words)
        while is_merge_due([len(run) for run in self._runs]):
            merged = np.sort(np.concatenate(self._runs[-2:]), kind="stable")
            self._runs[-2:] = [merged]  # in one step: if memory gives out above, nothing is lost

    def held(self, size: int) -> Mask:
        """Which records have a row."""
        out = np.zeros(size, np.bool_)
        for run in self._runs:
            out[run >> _SHIFT] = True
        return out

    def holding(self, codes: Int64s, size: int) -> Mask:
        """Which records have one of these rows."""
        out = np.zeros(size, np.bool_)
        wanted = codes.astype(np.uint64)
        for run in self._runs:
            out[run[np.isin(run & _CODE_BITS, wanted)] >> _SHIFT] = True
        return out

    def members(self, positions: Int64s) -> tuple[Int64s, Int64s]:
        """The rows of these records, as pairs of (index into `positions`, code), ordered by index."""
        return self.hold_members(positions)()

    def hold_members(self, positions: Int64s) -> Callable[[], tuple[Int64s, Int64s]]:
        """The members as of now, given when asked for. A run is never written again: holding on to it is enough."""
        runs = [*self._runs]
        return lambda: _members(runs, positions)

    def counts(self, among: Mask, code_count: int) -> NDArray[np.int64]:
        """How many of these records have each row: one number per code."""
        total = np.zeros(code_count, np.int64)
        for run in self._runs:
            counted = run[among[run >> _SHIFT]] & _CODE_BITS
            total += np.bincount(counted.astype(np.int64), minlength=code_count)
        return total


def _words(positions: Int64s, codes: Int64s) -> UInt64s:
    return (positions.astype(np.uint64) << _SHIFT) | codes.astype(np.uint64)


def _members(runs: list[UInt64s], positions: Int64s) -> tuple[Int64s, Int64s]:
    indexes, codes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    lowest = positions.astype(np.uint64) << _SHIFT
    for run in runs:
        starts = np.searchsorted(run, lowest, "left")
        lengths = np.searchsorted(run, lowest | _CODE_BITS, "right") - starts
        indexes.append(np.repeat(np.arange(len(positions)), lengths))
        codes.append((run[ranges(starts, lengths)] & _CODE_BITS).astype(np.int64))
    index, code = np.concatenate(indexes), np.concatenate(codes)
    order = np.argsort(index, kind="stable")
    return index[order], code[order]
