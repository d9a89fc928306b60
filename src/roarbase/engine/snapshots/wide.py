"""A shard with so many fields that copying it at once would keep the writer waiting: it is copied in pieces.

A watch tells what is written meanwhile, and the last piece brings these places up to date: the copy is the
shard at that moment. So it is done for questions that take long (`tables/frozen.py`), here for one shard.
"""

from typing import Any

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.layout import SHARD_BITS
from roarbase.engine.snapshots.images import ShardImage, about_of, field_images, image_of
from roarbase.engine.tables.fields import Field
from roarbase.engine.tables.table import Table
from roarbase.engine.views.during import RowsDuring

__all__ = ["AT_ONCE_BYTES", "WideCopy", "shard_bytes"]

AT_ONCE_BYTES = 32 << 20
"""What is copied in one piece: 10 to 20 ms, half of that where the memory was in use before."""

_SETTLED = 1 << 16
"""So many places may be brought up to date in the last piece."""

_ROUNDS = 16
"""How often a copy is brought up to date at most: who writes without end must not keep snapshots from ending."""


def shard_bytes(table: Table, shard: int) -> int:
    """About how much is to be copied of a shard."""
    return sum(_column_bytes(field, shard) for field in table.fields.values())


def _column_bytes(field: Field, shard: int) -> int:
    assert not isinstance(field.column, RowsDuring)
    return field.column.buffers.shard_nbytes(shard)


class WideCopy:
    """The copy of one shard in the making. Every method but `close` is called while the writer pauses."""

    def __init__(self, table: Table, shard: int) -> None:
        self._table = table
        self._shard = shard
        self._exists = table.exists.hollow()
        self._left = [*table.fields.values()]
        self._copies: dict[str, Any] = {}
        self._watch = table.watches.open()
        self._rounds = 0

    def copy_some(self) -> bool:
        """Copy the next fields; whether there are more."""
        done_bytes = 0
        while self._left and done_bytes < AT_ONCE_BYTES:
            field = self._left.pop()
            column: Any = field.column
            copy = column.hollow(self._exists)
            copy.copy_shard(column, self._shard)
            copy.counters = column.counters  # of which only is asked whether it keeps a histogram
            self._copies[field.id] = copy
            done_bytes += _column_bytes(field, self._shard)
        return bool(self._left)

    def finish_or_none(self, sequence: int) -> ShardImage | None:
        """Bring the copy up to date: it is the shard as it is now. None: so much was written that it is to be repeated.

        Fields that were dropped meanwhile are left out, and new ones copied.
        """
        self._rounds += 1
        touched = self._touched()
        shard, fields = self._shard, [*self._table.fields.values()]
        for field in fields:
            if field.id in self._copies:
                self._copies[field.id].copy_at(field.column, shard, touched)
        if len(touched) > _SETTLED and self._rounds < _ROUNDS:
            return None
        self._exists.copy_shard(self._table.exists, shard)
        images = [
            (field.id, image) for field in fields for image in field_images(field, shard, self._copies.get(field.id))
        ]
        self._table.watches.shards.discard(shard)
        return image_of(self._table, sequence, about_of(self._table, shard), images)

    def close(self) -> None:
        """Hear of no more writes."""
        self._table.watches.close(self._watch)

    def _touched(self) -> Int64s:
        """Which positions of the shard were written to since the last time."""
        touched = self._watch.take()
        inside: Int64s = touched[touched >> SHARD_BITS == self._shard] & ((1 << SHARD_BITS) - 1)
        return inside
