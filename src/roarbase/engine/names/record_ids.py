"""Ids of records: most of them are positions themselves and take up no memory, the others go through a map."""

from collections.abc import Callable

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s, all_set
from roarbase.engine.buffers.layout import FIRST_CAPACITY, SHARD_BITS, shard_slices
from roarbase.engine.buffers.pieces import Image, Pieces
from roarbase.engine.kernels.maps.port import Pages
from roarbase.engine.kernels.port import Kernels
from roarbase.engine.names.id_map import IdMap
from roarbase.engine.names.id_order import IdOrder
from roarbase.engine.names.id_words import to_words
from roarbase.engine.names.id_zones import IdZones
from roarbase.engine.names.numbered import distinct_ids
from roarbase.engine.names.positions import MAXIMUM_POSITIONS, Positions
from roarbase.engine.names.record_names import FreedNames, RecordNames, TakenNames, Undo

__all__ = ["RecordIds"]

_SPREAD = 4
_SLACK = 2**20
"""An id below 4 x (records + 2^20) may be its own position: of the shards in use, every fourth position is
taken at least, but for the first few million."""


class RecordIds(RecordNames):
    """The records of a table without keys. An id that is its own position costs 2 bits, any other 18 to 37 bytes.

    Args:
        bits: log2 of the positions in a shard.
        maximum: How many positions there are.
        slack: How many records an empty table counts as, when it is asked how far its positions may go.

    Attributes:
        zones: Between which words the ids of a block lie, of those that are not their own positions.
    """

    def __init__(
        self, kernels: Kernels, *, bits: int = SHARD_BITS, maximum: int = MAXIMUM_POSITIONS, slack: int = _SLACK
    ) -> None:
        super().__init__(Positions(bits, maximum, kernels))
        self._bits, self._maximum, self._slack = bits, maximum, slack
        self._map = IdMap(kernels, bits=bits, first_length=FIRST_CAPACITY)
        self._order = IdOrder()
        self._capacities: dict[int, int] = {}
        self.zones = IdZones(bits)

    @property
    def nbytes(self) -> int:
        return self._positions.nbytes + self._map.nbytes + self.zones.nbytes

    @property
    def is_in_order(self) -> bool:
        return self._order.is_rising

    def find(self, ids: UInt64s) -> Int64s:
        """The position of each id, or -1."""
        own = np.where(ids < np.uint64(self._maximum), ids, 0).astype(np.int64)
        are_own = self._positions.are_taken(own) & (own.astype(np.uint64) == ids)
        if len(self._map):
            are_own &= ~self._map.ids_at(own)[1]
        found = np.where(are_own, own, -1)
        if len(self._map) and not all_set(are_own):
            found[~are_own] = self._map.find(ids[~are_own])
        return found

    def ids_at(self, positions: Int64s) -> UInt64s:
        """The ids at these positions."""
        if not len(self._map):
            return positions.astype(np.uint64)
        ids, are_mapped = self._map.ids_at(positions)
        return np.where(are_mapped, ids, positions.astype(np.uint64))

    @property
    def has_others(self) -> bool:
        """Whether some ids are not their own positions."""
        return len(self._map) > 0

    @property
    def has_only_others(self) -> bool:
        """Whether no id is its own position."""
        return len(self._map) == len(self)

    def others_in(self, shard: int) -> tuple[Int64s, UInt64s]:
        """The positions of a shard, ascending, where another id stands than their own, and these ids.

        Deleted records may be among them.
        """
        return self._map.stored_in(shard)

    def order(self, positions: Int64s) -> Int64s | UInt64s:
        return positions if self.is_in_order else self.ids_at(positions)

    def gather(self, positions: Int64s) -> Callable[[], list[int]]:
        return self.ids_at(positions).tolist

    # ---- taking --------------------------------------------------------------------------

    def add(self, ids: UInt64s) -> TakenNames:
        """The position of each id; those that have none take one.

        Raises:
            ResourceLimitExceeded: There are not so many positions; nothing is taken.
        """
        run = self._untouched_run_or_none(ids)
        if run is not None:
            return self._take_run(run, ids)
        positions = self.find(ids)
        missing = np.flatnonzero(positions < 0)
        new_ids, places = distinct_ids(ids[missing])
        if not len(missing):
            return TakenNames(positions, missing, new_ids)
        new_positions = self._take_new(new_ids)
        positions[missing] = new_positions[places]
        return TakenNames(positions, new_positions, new_ids)

    def enter(self, ids: UInt64s, positions: Int64s) -> None:
        """Enter what the log tells: ids that are not known, all different, and where they stand."""
        self.enter_late(ids, positions, positions)
        self.entered += len(ids)

    def enter_late(self, ids: UInt64s, positions: Int64s, _numbers: Int64s) -> None:
        """Enter some of the names of an entry that are counted already: see `RecordKeys.enter_late`."""
        are_own = ids == positions.astype(np.uint64)
        undo = self._begin()
        self._take_own(undo, positions[are_own])
        self._take_mapped(undo, ids[~are_own], positions[~are_own])

    def _untouched_run_or_none(self, ids: UInt64s) -> range | None:
        """Ids that rise by one, if all of them may be their own positions and nothing ever stood there."""
        if not len(ids) or int(ids[-1]) - int(ids[0]) != len(ids) - 1 or len(self._map):
            return None
        run = range(int(ids[0]), int(ids[-1]) + 1)
        limit = min(_SPREAD * (len(self) + len(ids) + self._slack), self._maximum)
        if run.stop > limit or not self._positions.are_untouched(run) or not all_set(ids[1:] > ids[:-1]):
            return None
        return run

    def _take_run(self, run: range, ids: UInt64s) -> TakenNames:
        undo = self._begin()
        step = self._positions.take_own(run)
        undo.steps.append(step)
        self._order = self._order.with_own(ids)
        self.entered += len(run)
        self._pending.append(undo)
        return TakenNames(step.positions, step.positions, ids)

    def _take_new(self, ids: UInt64s) -> Int64s:
        limit = min(_SPREAD * (len(self) + len(ids) + self._slack), self._maximum)
        are_own = self._may_be_own(ids, limit)
        positions = np.where(are_own, ids, 0).astype(np.int64)
        undo = self._begin()
        try:
            self._take_own(undo, positions[are_own])
            chosen = self._positions.choose(
                int(np.count_nonzero(~are_own)),
                -(-limit >> self._bits),
                are_some_kept_out=bool((~are_own & (ids < np.uint64(limit))).any()),
            )
            positions[~are_own] = chosen
            self._take_mapped(undo, ids[~are_own], chosen)
        except BaseException:
            self._undo(undo)
            raise
        self.entered += len(ids)
        self._pending.append(undo)
        return positions

    def _may_be_own(self, ids: UInt64s, limit: int) -> Mask:
        """Whether each id, which has no position, is near enough and no other stands or stood where it would."""
        positions = np.where(ids < np.uint64(limit), ids, 0).astype(np.int64)
        are_open = ~self._positions.are_taken(positions) & ~self._map.ids_at(positions)[1]
        return are_open & (ids < np.uint64(limit))

    def _take_own(self, undo: Undo, positions: Int64s) -> None:
        if len(positions):
            undo.steps.append(self._positions.take(positions, own=True))
            self._map.clear(positions)
            self._order = self._order.with_own(positions.astype(np.uint64))

    def _take_mapped(self, undo: Undo, ids: UInt64s, positions: Int64s) -> None:
        if not len(positions):
            return
        undo.steps.append(self._positions.take(positions, own=False))
        are_elsewhere = ids != positions.astype(np.uint64)  # a position chosen may happen to be the id
        self._reach(positions)
        self._map.enter(ids[are_elsewhere], positions[are_elsewhere])
        undo.mapped.append(positions[are_elsewhere])
        self.zones.note(positions, to_words(ids))
        self._order = self._order.with_mapped(ids, positions)

    def _unmap(self, positions: Int64s) -> None:
        self._map.remove(positions)
        self._map.clear(positions)

    def _order_state(self) -> IdOrder:
        return self._order

    def _restore_order(self, state: IdOrder) -> None:
        self._order = state

    # ---- snapshots -----------------------------------------------------------------------

    def image(self, shard: int) -> Image:
        pieces = [*self._positions.image(shard), *self._map.image(shard)]
        return lambda: pieces

    def load(self, shard: int, pieces: Pieces) -> None:
        self._positions.load(shard, pieces)
        if "ids" not in pieces:
            return
        words, start = pieces["ids"].values, shard << self._bits
        stored = np.flatnonzero(words) + start
        entered = stored[self._positions.are_taken(stored)]  # what else is stored is held back
        self._map.load(shard, words, entered)
        self.zones.note(stored, words[stored - start])

    def enter_some_loaded(self) -> bool:
        return self._map.enter_some_loaded()

    def settle_loaded(self, entered: int, next_position: int | None) -> None:
        super().settle_loaded(entered, next_position)
        self._order = IdOrder()
        for shard in self._positions.shards:
            self._order = self._order_with(self._order, shard)

    def _order_with(self, order: IdOrder, shard: int) -> IdOrder:
        """What is known of the order of ids with those of one more shard."""
        if order.lowest is None and not self._map.has_page(shard):  # ids that are positions, behind others that are
            return order.with_own(self._positions.last_taken_in(shard).astype(np.uint64))
        positions = self._positions.taken_in(shard)
        ids, are_mapped = self._map.ids_at(positions)
        order = order.with_own(positions[~are_mapped].astype(np.uint64))
        return order.with_mapped(ids[are_mapped], positions[are_mapped])

    # ---- for kernels -----------------------------------------------------------------------

    @property
    def words(self) -> Pages:
        """By position, the words of ids that are not their own positions; 0 elsewhere."""
        return self._map.pages

    def resize(self, shard: int, capacity: int) -> None:
        """Have as much room in a shard as the table's columns, if any id there is not its own position."""
        self._capacities[shard] = capacity
        if self._is_reached(shard):
            self._map.reserve([(shard, capacity)])

    def _reach(self, positions: Int64s) -> None:
        """Have as much room as the columns where such ids come into a shard."""
        shards = [shard for shard, _ in shard_slices(positions, self._bits)]
        self._map.reserve((shard, self._capacities.get(shard, 0)) for shard in shards)

    def _is_reached(self, shard: int) -> bool:
        pages = self.words.buffers
        return shard < len(pages) and pages[shard] is not None

    # ---- deleting ------------------------------------------------------------------------

    def _names_at(self, positions: Int64s) -> UInt64s:
        return self.ids_at(positions)

    def _forget(self, positions: Int64s) -> None:
        # What stands where stays known until the position is released: no id may take it as its own till then.
        self._map.remove(self._mapped(positions))

    def _remember(self, freed: FreedNames) -> None:
        self._map.find_again(self._mapped(freed.positions))

    def _released(self, positions: Int64s) -> None:
        self._map.clear(positions)

    def _mapped(self, positions: Int64s) -> Int64s:
        return positions[self._map.ids_at(positions)[1]]
