"""The end of records: every column forgets them.

What takes long is worked out while others still read; the rest is short. A record that is
written again afterwards begins empty.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.bits import positions_of
from roarbase.engine.buffers.layout import SHARD_BITS
from roarbase.engine.buffers.picks import Patch, Pick
from roarbase.engine.storage.entries import DeleteEntry
from roarbase.engine.tables.coverage import Lacking
from roarbase.engine.tables.fields import NumberField
from roarbase.engine.tables.position_sets import unpack_positions
from roarbase.engine.tables.table import Table
from roarbase.engine.views.during import RowsDuring

__all__ = ["Deletion", "picked"]


class Deletion:
    """A deletion that is worked out and not yet made.

    Args:
        picks: Records that exist.
    """

    def __init__(self, table: Table, picks: Sequence[Pick]) -> None:
        self._table = table
        self._picks = picks
        self._patches = [*_patches(table, picks)]

    @property
    def positions(self) -> Int64s:
        """Where the records stand."""
        found = [pick.inside + (pick.shard << SHARD_BITS) for pick in self._picks]
        return np.concatenate((np.zeros(0, np.int64), *found))

    def erase(self) -> int:
        """Take all that the records hold, and tell how many there were. Their names stay."""
        self._table.watches.note(self.positions)
        for patch in self._patches:
            patch()
        for field in self._table.fields.values():
            field.bitmaps.note_erased(self._picks)
        for pick in self._picks:
            self._table.exists.erase(pick)
        return sum(map(len, self._picks))

    def forget_names(self, sequence: int) -> None:
        """Forget the names of the records that the log entry with this number ends."""
        if self._picks and self._table.records is not None:
            self._table.records.free(self.positions, sequence)


def _patches(table: Table, picks: Sequence[Pick]) -> Iterator[Patch]:
    for field in table.fields.values():
        if isinstance(field, NumberField):
            yield field.column.erase(picks)
            continue
        assert not isinstance(field.column, RowsDuring)
        yield field.column.erase(picks)
        if field.stamps is not None:
            yield from (field.stamps.without_records(pick.shard, pick.inside) for pick in picks)


def picked(table: Table, entry: DeleteEntry, lacking: Lacking | None = None) -> list[Pick]:
    """The records of an entry that exist; with `lacking`, in the shards that lack it."""
    return [
        Pick(shard, inside, table.exists.capacity(shard), is_whole=len(inside) == int(table.exists.counts[shard]))
        for shard, inside in _existing(table, entry)
        if len(inside) and (lacking is None or lacking.shard(shard))
    ]


def _existing(table: Table, entry: DeleteEntry) -> Iterator[tuple[int, Int64s]]:
    if entry.positions is None:
        return ((shard, positions_of(words)) for shard, words in table.exists.buffers.present(0))
    return ((part.shard, table.exists.held(part.shard, unpack_positions(part))) for part in entry.positions)
