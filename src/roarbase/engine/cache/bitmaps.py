"""The cached bitmaps of one field.

Each write says what it changed, and the bits of every bitmap here follow. A shard without a
bit has no buffer. Readers add and drop bitmaps while they share the table's lock, under the
store's own; the writer, who is alone, needs none.
"""

from collections.abc import Callable

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s
from roarbase.engine.buffers.bits import change_bits, clear_bits, new_words, set_bits
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.cache.keys import Key, RangeKey, RowKey
from roarbase.engine.kernels.port import WORD_BITS
from roarbase.engine.views.spans import Span

__all__ = ["FieldBitmaps"]


class FieldBitmaps:
    """Bitmaps by what they are of.

    Attributes:
        entries: For the store, which adds and drops.
    """

    def __init__(self) -> None:
        self.entries: dict[Key, Buffers] = {}
        self.capacities: list[int] = []

    @property
    def nbytes(self) -> int:
        return sum(buffers.nbytes for buffers in self.entries.values())

    def resize(self, shard: int, capacity: int) -> None:
        """Have room for this many positions in a shard."""
        self.capacities += [0] * (shard + 1 - len(self.capacities))
        self.capacities[shard] = capacity
        for buffers in self.entries.values():
            buffers.extend(shards=shard + 1)
            buffers.lengthen(0, shard, capacity // WORD_BITS)

    def empty(self) -> Buffers:
        """A bitmap with room in every shard, to be filled."""
        buffers = Buffers(1)
        buffers.extend(shards=len(self.capacities))
        for shard, capacity in enumerate(self.capacities):
            if capacity:
                buffers.put(0, shard, new_words(capacity))
        return buffers

    def note_numbers(self, shard: int, inside: Int64s, values: Int64s, is_value: Mask) -> None:
        """Follow a write of numbers: at each position one, or none."""
        for key, buffers in self.entries.items():
            if isinstance(key, RangeKey):
                self._change(buffers, shard, inside, is_value & (values >= key.low) & (values <= key.high))

    def note_codes(self, shard: int, inside: Int64s, old: Int64s, new: Int64s) -> None:
        """Follow a write that replaced codes, -1 for none."""
        for key, buffers in self.entries.items():
            if isinstance(key, RowKey):
                is_touched = (old == key.code) | (new == key.code)
                if is_touched.any():
                    self._change(buffers, shard, inside[is_touched], new[is_touched] == key.code)

    def note_added(self, shard: int, inside: Int64s, codes: Int64s) -> None:
        """Follow a write that added codes."""
        for key, buffers in self.entries.items():
            if isinstance(key, RowKey) and key.during is None:
                self._set(buffers, shard, inside[codes == key.code])

    def note_stamped(self, shard: int, inside: Int64s, codes: Int64s, seconds: Int64s) -> None:
        """Follow a write that gave records rows at these moments."""
        for key, buffers in self.entries.items():
            if isinstance(key, RowKey) and key.during is not None:
                is_within = (seconds >= key.during.start) & (seconds < key.during.stop)
                self._set(buffers, shard, inside[(codes == key.code) & is_within])

    def note_removed(self, shard: int, inside: Int64s, codes: Int64s) -> None:
        """Follow a write that removed codes, at whatever time they were added."""
        for key, buffers in self.entries.items():
            if isinstance(key, RowKey):
                self._clear(buffers, shard, inside[codes == key.code])

    def note_ended(self, shard: int, inside: Int64s, codes: Int64s, holders: Callable[[Span, int], Int64s]) -> None:
        """Follow the end of calendar views that held these pairs.

        Args:
            holders: The positions in the shard that still hold a code within a span.
        """
        for key, buffers in self.entries.items():
            if isinstance(key, RowKey) and key.during is not None:
                touched = inside[codes == key.code]
                if len(touched):
                    self._clear(buffers, shard, touched[~np.isin(touched, holders(key.during, key.code))])

    def _clear(self, buffers: Buffers, shard: int, inside: Int64s) -> None:
        words = buffers.get(0, shard)
        if words is not None and len(inside):
            clear_bits(words, inside)

    def _set(self, buffers: Buffers, shard: int, inside: Int64s) -> None:
        if len(inside):
            set_bits(self._words(buffers, shard), inside)

    def _change(self, buffers: Buffers, shard: int, inside: Int64s, is_set: Mask) -> None:
        if buffers.get(0, shard) is not None or is_set.any():
            change_bits(self._words(buffers, shard), inside, is_set)

    def _words(self, buffers: Buffers, shard: int) -> UInt64s:
        words = buffers.get(0, shard)
        if words is None:
            words = new_words(self.capacities[shard])
            buffers.extend(shards=shard + 1)
            buffers.put(0, shard, words)
        return words
