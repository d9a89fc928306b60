"""Growth: when the planes of a set column become wider or more, and what a new one takes from the overflow.

A shard with few positions gets a plane whenever a record wants one more. With many positions it gets one when many
records overflow: most often made beside the lock, and at once for a batch that brings much.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, any_set, greatest, sorted_distinct, zeros
from roarbase.engine.buffers.layout import SHARD_BITS, aligned
from roarbase.engine.buffers.picks import Patch
from roarbase.engine.buffers.stretch import NewRows
from roarbase.engine.columns.lists import CodeLists, split
from roarbase.engine.columns.overflow import Overflow
from roarbase.engine.columns.planes import Planes

__all__ = ["Growth"]

_MAXIMUM_PLANES = 16
_CODE_LIMITS = np.array([1 << 8 * width for width in range(5)])
"""By width: no code plus one that stands in such planes is so large; without planes none is small enough."""

_SMALL_SHARD = 2**16
"""With room for no more positions than these, a shard gets a plane whenever one more row wants it."""

_CROWDED = 256
"""From one record in overflow to so many more positions on, it gets one more, made beside the lock: such records are
counted one by one, which takes fifty times as long as by planes."""

_NO_LIMIT = np.iinfo(np.int64).max

_OVERCROWDED = 128
"""From one pair of a single batch to so many more positions on, it gets one at once."""


class _Limits(NamedTuple):
    """From how many on a shard gets one more plane, by shard; more than there can be where it may not.

    Attributes:
        version: Of the planes that these are for.
        capacities: The room of each shard that these are for.
        tight: Pairs of one batch that find no place.
        crowded: Records that overflow.
    """

    version: int
    capacities: Int64s
    tight: Int64s
    crowded: Int64s


class Growth:
    """What becomes of the planes of one column, and of what stands beside them."""

    def __init__(self, planes: Planes, overflow: Overflow) -> None:
        self._planes = planes
        self._overflow = overflow
        self._known_limits = _Limits(-1, *[zeros(0)] * 3)

    def make_room(self, positions: Int64s, codes: Int64s) -> bool:
        """Have planes for pairs that found no place, where it is time for that: wider ones, or one more by shard.

        Returns:
            Whether something was done, and the pairs are to be tried again.
        """
        shards = positions >> SHARD_BITS
        is_tight = np.bincount(shards)[shards] >= self._limits().tight[shards]
        is_tight |= _CODE_LIMITS[self._planes.buffers.widths[0, shards]] <= codes + 1
        if not any_set(is_tight):
            return False
        highest = np.zeros(self._planes.buffers.shards, np.int64)
        np.maximum.at(highest, shards, codes + 1)
        tight = sorted_distinct(shards[is_tight]).tolist()
        grown = [self._grow(shard, int(highest[shard])) for shard in tight]
        return any(grown)

    def make_room_for(self, shard: int, rows: NewRows) -> None:
        """Have as many planes for new records as many of them fill, and wide enough."""
        counts, planes = np.bincount(rows.lengths), max(1, self._planes.count(shard))
        self._planes.fit(shard, planes, greatest(rows.codes))
        for number in range(planes, min(len(counts) - 1, _MAXIMUM_PLANES)):
            if int(counts[number + 1 :].sum()) < _limit(self._planes.capacity(shard), _OVERCROWDED):
                break
            self._one_plane_more(shard)()

    def relieve(self) -> list[Patch]:
        """Prepare one more plane for the shard in which most records overflow, if there are many of them."""
        if not self._overflow.total:
            return []
        counts = self._overflow.counts
        is_crowded = counts >= self._limits().crowded
        if not any_set(is_crowded):
            return []
        return [self._one_plane_more(int(np.where(is_crowded, counts, 0).argmax()))]

    def _limits(self) -> _Limits:
        """From how many on a shard gets one more plane; worked out anew when planes have changed."""
        version, capacities = self._planes.buffers.version, self._overflow.capacities
        known = self._known_limits
        if known.version == version and known.capacities is capacities:
            return known
        may_grow = np.array(self._planes.buffers.counts) < _MAXIMUM_PLANES
        tight, crowded = (np.where(may_grow, _limit(capacities, each), _NO_LIMIT) for each in (_OVERCROWDED, _CROWDED))
        self._known_limits = _Limits(version, capacities, tight, np.maximum(crowded, 1))
        return self._known_limits

    def _grow(self, shard: int, highest: int) -> bool:
        """Have planes wide enough for codes plus one up to `highest`; where they are, one more if it may be."""
        planes = self._planes.count(shard)
        if not planes or self._planes.is_narrow(shard, highest):
            self._planes.fit(shard, max(planes, 1), highest)
        elif planes < _MAXIMUM_PLANES:
            self._one_plane_more(shard)()
        else:
            return False
        return True

    def _one_plane_more(self, shard: int) -> Patch:
        """Prepare to give a shard that has planes one more, which takes one row of every record that overflows."""
        words = self._overflow.lists(shard).together()
        inside, codes = split(words)
        is_first = np.ones(len(words), np.bool_)
        is_first[1:] = inside[1:] != inside[:-1]
        plane = aligned(self._planes.capacity(shard), self._planes.plane(shard, 0).dtype)
        plane[inside[is_first]] = codes[is_first] + 1
        left = CodeLists()
        left.enter(words[~is_first])
        return partial(self._take, shard, plane, self._overflow.replacement(shard, left))

    def _take(self, shard: int, plane: NDArray[np.unsignedinteger], replace: Patch) -> None:
        self._planes.add(shard, plane)
        replace()


def _limit(capacities: Any, positions_each: int) -> Any:
    """From how many in overflow on there are many for a shard of this capacity, or for each of several."""
    return (capacities - _SMALL_SHARD) // positions_each
