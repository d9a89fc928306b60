"""One run of a plan on a table, under the table's shared lock."""

from dataclasses import dataclass

import numpy as np

from roarbase.engine.bitmap.cache.bitmaps import FieldBitmaps
from roarbase.engine.bitmap.cache.keys import Key
from roarbase.engine.bitmap.cache.store import BitmapStore
from roarbase.engine.bitmap.fields import Field, NumberField, RowField
from roarbase.engine.bitmap.filters.filter import Filter, bitmap_filter
from roarbase.engine.bitmap.layout import SHARD_BITS, Int64s
from roarbase.engine.bitmap.slots import Slots
from roarbase.engine.bitmap.table import BitmapTable
from roarbase.engine.kernels.port import Kernels
from roarbase.engine.plain.operators.ordering import order_of
from roarbase.engine.plain.operators.scan import Scan

__all__ = ["BitmapScan"]


@dataclass(frozen=True, slots=True)
class BitmapScan(Scan):
    """What every operator needs: the table, what may be spent, and the kernels with their slots.

    Attributes:
        store: The cached bitmaps of all tables.
        group_bytes: How much memory the groups of one query may take.
    """

    table: BitmapTable
    kernels: Kernels
    slots: Slots
    store: BitmapStore
    group_bytes: int

    def any_field(self, name: str) -> Field:
        """The field of that name, of any type; ResourceNotFound if there is none."""
        field = self.field(name)
        assert isinstance(field, NumberField | RowField)
        return field

    def numbers(self, name: str, asked: str) -> NumberField:
        """The field of that name, if it holds numbers; `asked` says what needs it so."""
        field = self.number_field(name, asked)
        assert isinstance(field, NumberField)
        return field

    def rows(self, name: str, asked: str) -> RowField:
        """The field of that name, if it has rows; `asked` says what needs it so."""
        field = self.row_field(name, asked)
        assert isinstance(field, RowField)
        return field

    def resident_or_none(self, bitmaps: FieldBitmaps, key: Key, count: int | None = None) -> Filter | None:
        """The cached bitmap with that key, if there is one."""
        buffers = self.store.find(bitmaps, key)
        if buffers is None:
            return None
        self.slots.keep(buffers)  # another query may drop it from the cache meanwhile
        return bitmap_filter(self.slots.column(buffers), count)

    def cached(self, found: Filter) -> Filter:
        """The cached bitmap of what a filter selects, made now if it was asked for before; else the filter."""
        if found.origin is None:
            return found
        resident = self.resident_or_none(*found.origin, found.count)
        if resident is not None or not self.store.is_wanted(*found.origin):
            return found if resident is None else resident
        self.budget.check()
        bitmaps, key = found.origin
        buffers = bitmaps.empty()
        counts = self.kernels.bitmap(self.slots.shards(), found.program(), buffers.addresses[0])
        for shard in np.flatnonzero(counts == 0).tolist():
            buffers.put(0, shard, None)
        self.store.add(bitmaps, key, buffers)
        self.slots.keep(buffers)
        return bitmap_filter(self.slots.column(buffers), found.count)

    def count(self, among: Filter) -> int:
        """How many records a filter selects."""
        self.budget.check()
        if among.is_all:
            return self.table.exists.total
        return self.kernels.count(self.slots.shards(), among.program()) if among.count is None else among.count

    def positions(self, among: Filter, limit: int | None = None) -> Int64s:
        """The first positions of the records that a filter selects, ascending."""
        self.budget.check()
        if among.is_nothing:
            return np.zeros(0, np.int64)
        limit = self.size if limit is None else min(limit, self.size)
        return self.kernels.emit(self.slots.shards(), among.program(), limit)

    def shard_positions(self, among: Filter, shard: int) -> Int64s:
        """All positions in one shard that a filter selects, counted from the table's first."""
        self.budget.check()
        found = self.kernels.emit(self.slots.shard(shard), among.program(), self.size)
        return found + (shard << SHARD_BITS)

    def shard_numbers(self) -> range:
        return range(len(self.table.extents))

    def ordered_positions(self, among: Filter, start: int = 0, stop: int | None = None) -> Int64s:
        """The selected records in order of record, from number `start` to `stop` of them."""
        nothing = np.zeros(0, np.int64)
        if self.record_order(nothing) is nothing:  # the order of positions: no need to see them all
            return self.positions(among, stop)[start:]
        positions = self.positions(among)
        return positions[order_of([self.record_order(positions)], stop)][start:]
