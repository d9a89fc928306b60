"""Keys of records, each with the next position: the order of positions is that of first writes, until one is reused."""

from collections.abc import Callable, Sequence

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.layout import SHARD_BITS
from roarbase.engine.buffers.pages import PagedArray
from roarbase.engine.buffers.pieces import Image, Piece, Pieces, copy_of
from roarbase.engine.kernels.port import Kernels
from roarbase.engine.names.key_map import EncodedKeys, KeyMap
from roarbase.engine.names.numbered import distinct_keys
from roarbase.engine.names.positions import MAXIMUM_POSITIONS, Positions
from roarbase.engine.names.record_names import FreedNames, RecordNames, TakenNames, Undo

__all__ = ["RecordKeys"]


class RecordKeys(RecordNames):
    """The records of a table with keys; a key costs 22 to 41 bytes beside its text.

    Once a position is reused, each later record keeps its number in order of first writes: 8 to 16 bytes more.

    Args:
        bits: log2 of the positions in a shard.
        maximum: How many positions there are.
    """

    def __init__(self, kernels: Kernels, *, bits: int = SHARD_BITS, maximum: int = MAXIMUM_POSITIONS) -> None:
        super().__init__(Positions(bits, maximum, kernels, next=0))
        self._map = KeyMap(kernels, bits=bits)
        self._numbers: PagedArray[np.int64] = PagedArray(np.int64, bits=bits)
        """By position: number in order of first writes, plus one; 0 where that is the position."""
        self._is_in_order = True
        self._kept_from: int | None = None

    @property
    def nbytes(self) -> int:
        return self._positions.nbytes + self._map.nbytes + self._numbers.nbytes

    @property
    def is_in_order(self) -> bool:
        return self._is_in_order

    def find(self, keys: Sequence[str]) -> Int64s:
        """The position of each key, or -1."""
        return self._map.find(keys)

    def keys_at(self, positions: Int64s) -> list[str]:
        """The keys at these positions."""
        return self._map.keys_at(positions)

    def positions(self) -> Int64s:
        """Where all keys stand, ascending."""
        return self._positions.taken()

    def order(self, positions: Int64s) -> Int64s:
        if self.is_in_order:
            return positions
        numbers = self._numbers.take(positions)
        return np.where(numbers != 0, numbers - 1, positions)

    def gather(self, positions: Int64s) -> Callable[[], list[str]]:
        return self._map.gather(positions)

    # ---- taking --------------------------------------------------------------------------

    def add(self, keys: Sequence[str]) -> TakenNames:
        """The position of each key; those that have none take one.

        Raises:
            ResourceLimitExceeded: There are not so many positions, or a key is too long; nothing is taken.
        """
        asked = self._map.encoded(keys)
        positions = self._map.find(asked)
        missing = np.flatnonzero(positions < 0)
        new_keys, places = distinct_keys(keys, missing)
        if not new_keys:
            return TakenNames(positions, missing, new_keys)
        new_positions = self._positions.choose(len(new_keys), 0)
        undo = self._begin()
        try:
            chosen = asked if len(new_keys) == len(keys) else new_keys
            self._take(undo, chosen, new_positions, self._next_numbers(len(new_positions)))
        except BaseException:
            self._undo(undo)
            raise
        self.entered += len(new_positions)
        self._pending.append(undo)
        positions[missing] = new_positions[places]
        return TakenNames(positions, new_positions, new_keys)

    def enter(self, keys: Sequence[str], positions: Int64s) -> None:
        """Enter what the log tells: keys that are not known, all different, and where they stand."""
        self._take(self._begin(), keys, positions, self._next_numbers(len(positions)))
        self.entered += len(positions)

    def enter_late(self, keys: Sequence[str], positions: Int64s, numbers: Int64s) -> None:
        """Enter some of the names of an entry that are counted already: other shards have the entry in their snapshots.

        Args:
            numbers: How many names had been entered before each of them.
        """
        self._take(self._begin(), keys, positions, numbers)

    def _next_numbers(self, count: int) -> Int64s:
        return np.arange(self.entered, self.entered + count)

    def _take(self, undo: Undo, keys: Sequence[str] | EncodedKeys, positions: Int64s, numbers: Int64s) -> None:
        step = self._positions.take(positions, own=False)
        undo.steps.append(step)
        self._map.enter(keys, positions)
        undo.mapped.append(positions)
        self._number(positions, numbers, are_reused=bool(step.were_touched.any()))

    def _number(self, positions: Int64s, numbers: Int64s, *, are_reused: bool) -> None:
        """Note the order of first writes where positions do not tell it."""
        self._is_in_order &= not are_reused
        if self._numbers.nbytes or not self._is_in_order:
            self._numbers.reserve(positions)
            self._numbers.put(positions, numbers + 1)

    def _unmap(self, positions: Int64s) -> None:
        self._map.take_back(positions)

    def _order_state(self) -> bool:
        return self._is_in_order

    def _restore_order(self, state: bool) -> None:
        self._is_in_order = state

    # ---- snapshots -----------------------------------------------------------------------

    def image(self, shard: int) -> Image:
        positions, texts = self._positions.image(shard), self._map.image(self._positions.taken_in(shard))
        pages = self._numbers.pages.buffers
        page = pages[shard] if shard < len(pages) else None
        numbers = [] if page is None else [Piece("key numbers", copy_of(page))]
        return lambda: [*positions, *texts(), *numbers]

    def load(self, shard: int, pieces: Pieces) -> None:
        self._positions.load(shard, pieces)
        self._map.load(pieces, self._positions.taken_in(shard))
        if "key numbers" in pieces:
            self._numbers.load(shard, pieces["key numbers"].values)

    def enter_some_loaded(self) -> bool:
        return self._map.enter_some_loaded()

    def settle_order(self, *, is_in_order: bool, kept_from: int | None) -> None:
        """Know whether positions tell the order, and since which log entry keys of deleted records are kept."""
        self._is_in_order, self._kept_from = is_in_order, kept_from

    # ---- deleting ------------------------------------------------------------------------

    @property
    def kept_from(self) -> int | None:
        """Since which log entry the keys of deleted records are kept; None: they are not."""
        return self._kept_from

    def keep(self, sequence: int) -> None:
        """Keep the keys and positions of deleted records from this log entry on: fields refer to them by position.

        A key that is written again stands where it stood.
        """
        if self._kept_from is None:
            self._kept_from = sequence

    def free(self, positions: Int64s, sequence: int) -> FreedNames:
        are_kept = self._kept_from is not None and sequence >= self._kept_from
        return super().free(positions[:0] if are_kept else positions, sequence)

    def _names_at(self, positions: Int64s) -> list[str]:
        return self.keys_at(positions)

    def _forget(self, positions: Int64s) -> None:
        self._map.remove(positions)

    def _remember(self, freed: FreedNames) -> None:
        assert isinstance(freed.names, list)
        self._map.enter(freed.names, freed.positions)

    def _released(self, positions: Int64s) -> None:
        pass  # keys are forgotten when they are freed
