"""Coverage: which entries of the log a table has in it already, when it was loaded from snapshots.

The shards of a table are written one after the other, while others write on. So each of them has the effects
of all entries up to a number of its own, and the entries behind the least of these are replayed into the shards
that lack them. That is right because what an entry does at a position follows from what is at that position
alone: a shard is at any moment what the entries up to then have made of it, one after the other. What belongs
to no shard (fields, the rows of fields, how many names there were) is written last.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask
from roarbase.engine.buffers.layout import SHARD_BITS

__all__ = ["Coverage", "Lacking"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """The last entries that are in a table.

    Attributes:
        end: The last one that is in all that belongs to no shard, and in all shards that `shards` does not name.
        shards: The last one by shard; none of them beyond `end`.
        names: How many names had been entered by then, and where the next one was to go.
    """

    end: int
    shards: Mapping[int, int]
    names: tuple[int, int | None] = (0, None)


@dataclass(frozen=True, slots=True)
class Lacking:
    """One entry, of which some shards have the effects and others do not."""

    coverage: Coverage
    sequence: int

    def shard(self, shard: int) -> bool:
        """Whether a shard lacks it."""
        return self.sequence > self.coverage.shards.get(shard, self.coverage.end)

    def positions(self, positions: Int64s) -> Mask:
        """Whether the shard of each position lacks it."""
        shards = positions >> SHARD_BITS
        lack = np.array([self.shard(shard) for shard in range(int(shards.max(initial=-1)) + 1)], np.bool_)
        found: Mask = lack[shards]
        return found
