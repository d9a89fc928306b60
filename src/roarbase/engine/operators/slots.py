"""The pointer table of one query: the columns and bitmaps that its programs name by slot.

Columns keep their addresses by shard at hand, so putting a table together costs
microseconds per slot, however many shards there are.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, UInt64s
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.kernels.maps.port import Pages
from roarbase.engine.kernels.port import ZONES_OFFSET, Shards
from roarbase.engine.names.id_zones import IdZones
from roarbase.engine.tables.table import Table

__all__ = ["Slots"]


class Slots:
    """Slot 0 is the bitmap of existing records; others follow as they are asked for.

    Good while the table's lock is held: addresses are copied, the buffers stay the columns'.
    """

    def __init__(self, table: Table, glance: Callable[[], None] = lambda: None) -> None:
        """Of a table; kernels call `glance` while they take long."""
        self._glance = glance
        self._extents = table.extents
        self._parts: list[Int64s] = []
        self._slots = 0
        self._known: dict[int, int] = {}
        self._kept: list[Any] = []
        self._unmade: list[tuple[Int64s, Callable[[], dict[int, UInt64s]]]] = []
        self._shards: Shards | None = None
        self.column(table.exists.buffers)

    def column(self, buffers: Buffers) -> int:
        """The first slot of a column."""
        slot = self._known.get(id(buffers))
        if slot is None:
            slot = self._known[id(buffers)] = self._append(buffers.places)
        return slot

    def bitmap(self, words: dict[int, UInt64s]) -> int:
        """The slot of a bitmap that lives as long as this: words by shard, absent where there is no bit."""
        return self.later(lambda: words)

    def later(self, make: Callable[[], dict[int, UInt64s]]) -> int:
        """The same of a bitmap that is made when kernels first ask for the table."""
        places = self._places(1)
        self._unmade.append((places[0, 0], make))
        return self._append(places)

    def addresses(self, addresses: Int64s) -> int:
        """The first slot of bitmaps at these addresses, [bitmaps, shards]."""
        places = self._places(len(addresses))
        places[0] = addresses
        return self._append(places)

    def words(self, values: Pages, zones: IdZones) -> int:
        """The first slot of a column of words in pages, which are kept alive with this."""
        slot = self._known.get(id(values))
        if slot is None:
            self.keep((values, zones.pages))
            places = self._places(3)
            addresses, widths, _ = places
            for row, pages in ((0, values), (ZONES_OFFSET, zones.pages)):
                there = pages.addresses[: len(self._extents)]
                addresses[row, : len(there)] = there
            widths[:] = 8
            slot = self._known[id(values)] = self._append(places)
        return slot

    def keep(self, buffer: object) -> None:
        """Keep a buffer alive as long as this."""
        self._kept.append(buffer)

    def shards(self) -> Shards:
        """The table for the kernels, with all slots so far."""
        if self._shards is None:
            self._make_bitmaps()
            table, widths, bases = np.concatenate(self._parts, axis=1).transpose(0, 2, 1).copy()
            self._shards = Shards(table, widths, bases, self._extents, self._glance)
        return self._shards

    def shard(self, number: int) -> Shards:
        """The table of one shard alone."""
        whole, only = self.shards(), slice(number, number + 1)
        return Shards(whole.table[only], whole.widths[only], whole.bases[only], whole.extents[only], whole.glance)

    def _make_bitmaps(self) -> None:
        for addresses, make in self._unmade:
            words = make()
            self.keep(words)
            for shard, buffer in words.items():
                addresses[shard] = buffer.ctypes.data
        self._unmade = []

    def _places(self, slots: int) -> Int64s:
        """Addresses, widths and bases of so many slots: all zero yet."""
        return np.zeros((3, slots, len(self._extents)), np.int64)

    def _append(self, places: Int64s) -> int:
        self._shards = None
        slot = self._slots
        self._parts.append(places)
        self._slots += places.shape[1]
        return slot
