"""Whether the order of positions is the order of ids: then nobody has to sort."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, UInt64s, all_set, greatest

__all__ = ["IdOrder"]


@dataclass(frozen=True, slots=True)
class IdOrder:
    """What is known of all ids that a table ever had; it may say that they are out of order when they are not any more.

    Ids that are their own positions are in order among each other. Ids that stand elsewhere are, as long as each
    stands behind all ids before it and is greater: numbers that count up, from however far.

    Attributes:
        lowest: Least id or position, whichever is less, of what stands elsewhere; None: nothing does.
        highest_id: Of all ids.
        highest_position: Of all ids.
    """

    is_rising: bool = True
    lowest: int | None = None
    highest_id: int = -1
    highest_position: int = -1

    def with_own(self, ids: UInt64s) -> Self:
        """What is known when these ids stand at their own positions too."""
        if not len(ids) or not self.is_rising:
            return self
        if self.lowest is not None and greatest(ids) >= self.lowest:
            ids = np.sort(ids)
            high = ids[ids >= np.uint64(self.lowest)]
            return self._with_behind(high, high.astype(np.int64))
        highest = greatest(ids)
        return self._reaching(highest, highest)

    def with_mapped(self, ids: UInt64s, positions: Int64s) -> Self:
        """What is known when these ids stand at these positions too."""
        if not len(ids) or not self.is_rising:
            return self
        by_position = np.argsort(positions)
        found = self._with_behind(ids[by_position], positions[by_position])
        lowest = min(int(ids.min()), int(positions.min()))
        return replace(found, lowest=lowest if self.lowest is None else min(lowest, self.lowest))

    def _with_behind(self, ids: UInt64s, positions: Int64s) -> Self:
        """With ids, given by position, that are in order only if all stand behind what was there."""
        is_behind = int(ids[0]) > self.highest_id and int(positions[0]) > self.highest_position
        if not is_behind or not all_set(ids[1:] > ids[:-1]):
            return replace(self, is_rising=False)
        return self._reaching(int(ids[-1]), int(positions[-1]))

    def _reaching(self, highest_id: int, highest_position: int) -> Self:
        highest = max(highest_id, self.highest_id), max(highest_position, self.highest_position)
        return type(self)(self.is_rising, self.lowest, *highest)
