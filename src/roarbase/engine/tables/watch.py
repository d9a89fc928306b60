"""Watching a table: which positions were written to while a long reading goes on.

Whoever reads a table piece by piece, giving its lock back in between, opens a watch with the first
piece and ends by reading again what the watch has seen.
"""

from collections.abc import Sequence
from threading import Lock

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, greatest, least, sorted_distinct
from roarbase.engine.buffers.layout import SHARD_BITS
from roarbase.engine.buffers.stretch import Stretch

__all__ = ["Watch", "Watches"]


class Watch:
    """Positions written to since it was opened or last asked. The writer notes and its owner takes under the lock."""

    def __init__(self) -> None:
        self._touched: list[Int64s] = []

    def note(self, positions: Int64s) -> None:
        """Remember a write to these positions, of records that are or were there."""
        self._touched.append(positions)

    def take(self) -> Int64s:
        """What was noted since the last time: ascending, each once."""
        touched, self._touched = self._touched, []
        return sorted_distinct(np.concatenate(touched)) if touched else np.zeros(0, np.int64)


class Watches:
    """The open watches of one table, and which of its shards were written to.

    Attributes:
        shards: Those written to since their last snapshots; the writer adds to them, and takes them out.
    """

    def __init__(self) -> None:
        self.shards: set[int] = set()
        self._open: list[Watch] = []
        self._lock = Lock()

    def open(self) -> Watch:
        """A watch that sees every write from now on, until it is closed; asked for under the table's lock."""
        watch = Watch()
        with self._lock:
            self._open = [*self._open, watch]  # a new list, so that the writer may walk the old one
        return watch

    def close(self, watch: Watch) -> None:
        """Note no more for this watch. Without the lock too."""
        with self._lock:
            self._open = [other for other in self._open if other is not watch]

    def note_stretch(self, stretch: Stretch) -> None:
        """Tell every open watch of a write to consecutive positions."""
        self.shards.add(stretch.shard)
        if self._open:
            self.note(stretch.position + np.arange(stretch.stop - stretch.start))

    def note(self, positions: Int64s) -> None:
        """Tell every open watch of a write."""
        if len(positions):
            first, last = least(positions) >> SHARD_BITS, greatest(positions) >> SHARD_BITS
            self.shards.update(range(first, last + 1) if last - first < 2 else _shards_of(positions, first))
        for watch in self._open:
            watch.note(positions)


def _shards_of(positions: Int64s, first: int) -> Sequence[int]:
    """The shards of positions that stand in `first` or beyond."""
    found: list[int] = (np.flatnonzero(np.bincount((positions >> SHARD_BITS) - first)) + first).tolist()
    return found
