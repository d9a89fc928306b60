"""What a batch brings to a table: all of it, and where a field needs it so, shard by shard."""

from collections.abc import Iterator

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, all_set, any_set, is_in, latest, sorted_distinct
from roarbase.engine.buffers.layout import SHARD_BITS, shard_slices
from roarbase.engine.kernels.port import SHARD_POSITIONS

__all__ = ["Part", "ShardPart"]

_IN_SHARD = SHARD_POSITIONS - 1


class Part:
    """The records of a batch that a table takes.

    Args:
        records: Which records of the batch, ascending.
        positions: Where each of them stands.
        is_fresh: Which of them did not exist before.

    Attributes:
        fresh: Positions that had no record before, ascending, each once.
        is_unique: No record occurs twice.
        is_all_fresh: Besides, none existed before.
        everything: Where each record stands in this part.
    """

    def __init__(self, records: Int64s, positions: Int64s, is_fresh: Mask) -> None:
        self.records = records
        self.positions = positions
        self.is_unique = len(sorted_distinct(positions)) == len(positions)
        self.everything = np.arange(len(positions))
        self.fresh = sorted_distinct(positions[is_fresh]) if any_set(is_fresh) else positions[:0]
        self.is_all_fresh = len(self.fresh) == len(positions)
        self._is_changed = is_fresh.copy()
        self._elsewhere: list[Int64s] = []

    def last(self, is_touched: Mask) -> Int64s:
        """Where in this part each record is touched last, by position if some record occurs twice."""
        return self._last(np.flatnonzero(is_touched[self.records]))

    def last_of_all(self) -> Int64s:
        """Where in this part each record occurs last, by position if some record occurs twice."""
        return self._last(self.everything)

    def _last(self, touched: Int64s) -> Int64s:
        return touched if self.is_unique else touched[latest(self.positions[touched])]

    def at(self, places: Int64s) -> Int64s:
        """The positions of records at these places of the part."""
        return self.positions if places is self.everything else self.positions[places]

    def note_changed(self, places: Int64s) -> None:
        """The records at these places of the part are not what they were."""
        self._is_changed[places] = True

    def note_changed_at(self, positions: Int64s) -> None:
        """The records at these positions are not what they were."""
        self._elsewhere.append(positions)

    @property
    def changed_count(self) -> int:
        """How many records were changed, each counted once."""
        if self.is_unique and (not self._elsewhere or all_set(self._is_changed)):
            return int(np.count_nonzero(self._is_changed))
        return len(sorted_distinct(np.concatenate((self.positions[self._is_changed], *self._elsewhere))))

    def which_changed(self) -> Mask:
        """Which records of the part were changed, if none occurs twice."""
        elsewhere = sorted_distinct(np.concatenate((self.positions[:0], *self._elsewhere)))
        return self._is_changed | is_in(self.positions, elsewhere)

    def by_shard(self) -> Iterator["ShardPart"]:
        """The same, cut by shard."""
        for shard, places in shard_slices(self.positions):
            yield ShardPart(self, shard, places)


class ShardPart:
    """Those records of a part that stand in one shard.

    Attributes:
        places: Which of the part's records they are.
        records: Which records of the batch.
        inside: Where each of them stands, within the shard.
        positions: The same within the table.
    """

    def __init__(self, whole: Part, shard: int, places: Int64s) -> None:
        self.shard = shard
        self.places = places
        self.records = whole.records[places]
        self.positions = whole.positions[places]
        self.inside: Int64s = self.positions & _IN_SHARD
        self._whole = whole

    def note_changed_at(self, positions: Int64s) -> None:
        """The records at these positions are not what they were."""
        self._whole.note_changed_at(positions)

    def positions_of(self, inside: Int64s) -> Int64s:
        """Where places of the shard stand within the table."""
        return inside + (self.shard << SHARD_BITS)
