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

    def __init__(self, table: Table) -> None:
        self._extents = table.extents
        self._parts: list[tuple[Int64s, Int64s, Int64s]] = []
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
            slot = self._known[id(buffers)] = self._append(buffers.addresses, buffers.widths, buffers.bases)
        return slot

    def bitmap(self, words: dict[int, UInt64s]) -> int:
        """The slot of a bitmap that lives as long as this: words by shard, absent where there is no bit."""
        return self.later(lambda: words)

    def later(self, make: Callable[[], dict[int, UInt64s]]) -> int:
        """The same of a bitmap that is made when kernels first ask for the table."""
        addresses = np.zeros((1, len(self._extents)), np.int64)
        self._unmade.append((addresses, make))
        return self.addresses(addresses)

    def addresses(self, addresses: Int64s) -> int:
        """The first slot of bitmaps at these addresses, [bitmaps, shards]."""
        nothing = np.zeros_like(addresses)
        return self._append(addresses, nothing, nothing)

    def words(self, values: Pages, zones: IdZones) -> int:
        """The first slot of a column of words in pages, which are kept alive with this."""
        slot = self._known.get(id(values))
        if slot is None:
            self.keep((values, zones.pages))
            addresses = np.zeros((3, len(self._extents)), np.int64)
            for row, pages in ((0, values), (ZONES_OFFSET, zones.pages)):
                there = pages.addresses[: addresses.shape[1]]
                addresses[row, : len(there)] = there
            widths = np.full_like(addresses, 8)
            slot = self._known[id(values)] = self._append(addresses, widths, np.zeros_like(addresses))
        return slot

    def keep(self, buffer: object) -> None:
        """Keep a buffer alive as long as this."""
        self._kept.append(buffer)

    def shards(self) -> Shards:
        """The table for the kernels, with all slots so far."""
        if self._shards is None:
            self._make_bitmaps()
            table, widths, bases = (
                np.ascontiguousarray(np.concatenate([part[i] for part in self._parts]).T) for i in range(3)
            )
            self._shards = Shards(table=table, widths=widths, bases=bases, extents=self._extents)
        return self._shards

    def shard(self, number: int) -> Shards:
        """The table of one shard alone."""
        whole, only = self.shards(), slice(number, number + 1)
        return Shards(
            table=whole.table[only], widths=whole.widths[only], bases=whole.bases[only], extents=whole.extents[only]
        )

    def _make_bitmaps(self) -> None:
        for addresses, make in self._unmade:
            words = make()
            self.keep(words)
            for shard, buffer in words.items():
                addresses[0, shard] = buffer.ctypes.data
        self._unmade = []

    def _append(self, addresses: Int64s, widths: Int64s, bases: Int64s) -> int:
        self._shards = None
        slot = self._slots
        self._parts.append((addresses, widths, bases))
        self._slots += len(addresses)
        return slot
