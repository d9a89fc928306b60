"""The cached bitmaps of one field.

Each write says what it changed, and the bits of every bitmap here follow. A shard without a
bit has no buffer. Readers add and drop bitmaps while they share the table's lock, under the
store's own; the writer, who is alone, needs none.
"""

from collections.abc import Callable, Sequence

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s, is_in, set_mask, where_all, zeros
from roarbase.engine.buffers.bits import clear_bits, new_words, set_bits
from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.buffers.layout import SHARD_BITS
from roarbase.engine.buffers.picks import Pick
from roarbase.engine.cache.keys import AnyRowKey, Key, RangeKey, RowKey
from roarbase.engine.kernels.port import WORD_BITS
from roarbase.engine.kernels.writes.port import HasWrites
from roarbase.engine.views.spans import Span

__all__ = ["FieldBitmaps"]


class FieldBitmaps:
    """Bitmaps by what they are of.

    Attributes:
        entries: For the store, which adds and drops.
    """

    def __init__(self, kernels: HasWrites) -> None:
        self.entries: dict[Key, Buffers] = {}
        self.kernels = kernels
        self._stacked: _Stack | None = None
        self.capacities: list[int] = []

    @property
    def nbytes(self) -> int:
        return sum(buffers.nbytes for _, buffers in self._now())

    def resize(self, shard: int, capacity: int) -> None:
        """Have room for this many positions in a shard."""
        self.capacities += [0] * (shard + 1 - len(self.capacities))
        self.capacities[shard] = capacity
        for _, buffers in self._now():
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

    def note_numbers(self, positions: Int64s, values: Int64s, is_value: Mask) -> None:
        """Follow a write of numbers: at each position one, or none."""
        stack = self._stack()
        for number, key in enumerate(stack.keys):
            if isinstance(key, RangeKey):
                self._change_one(stack, number, positions, is_value & (values >= key.low) & (values <= key.high))

    def note_codes(self, positions: Int64s, old: Int64s, new: Int64s) -> None:
        """Follow a write that replaced codes, -1 for none."""
        stack = self._stack()
        self._change(stack, stack.numbers, positions, old, np.zeros(len(old), np.bool_))
        self._change(stack, stack.numbers, positions, new, set_mask(len(new)))
        if stack.any_row is not None:
            self._change_one(stack, stack.any_row, positions, new >= 0)

    def note_added(self, positions: Int64s, codes: Int64s) -> None:
        """Follow a write that added codes; -1 adds none."""
        stack = self._stack()
        self._change(stack, stack.numbers, positions, codes, set_mask(len(codes)))
        if stack.any_row is not None:
            got = where_all(positions, codes >= 0)
            self._change_one(stack, stack.any_row, got, set_mask(len(got)))

    def note_removed(self, positions: Int64s, codes: Int64s) -> None:
        """Follow a write that removed codes, at whatever time they were added; -1 removes none."""
        stack = self._stack()
        self._change(stack, stack.numbers, positions, codes, np.zeros(len(codes), np.bool_))
        for number, key in stack.timed:
            lost = positions[codes == key.code]
            self._change_one(stack, number, lost, np.zeros(len(lost), np.bool_))

    def note_left(self, positions: Int64s, holders: Callable[[], Int64s]) -> None:
        """Follow the end of writes that removed codes.

        Args:
            positions: Where they did.
            holders: Gives those of these that still have a code, or have one again, ascending.
        """
        stack = self._stack()
        if stack.any_row is not None:
            self._change_one(stack, stack.any_row, positions, is_in(positions, holders()))

    def note_stamped(self, positions: Int64s, codes: Int64s, seconds: Int64s) -> None:
        """Follow a write that gave records rows at these moments."""
        stack = self._stack()
        for number, key in stack.timed:
            assert key.during is not None
            got = positions[(codes == key.code) & (seconds >= key.during.start) & (seconds < key.during.stop)]
            self._change_one(stack, number, got, set_mask(len(got)))

    def note_ended(self, shard: int, inside: Int64s, codes: Int64s, holders: Callable[[Span, int], Int64s]) -> None:
        """Follow the end of calendar views that held these pairs.

        Args:
            holders: The positions in the shard that still hold a code within a span.
        """
        for key, buffers in self._now():
            if isinstance(key, RowKey) and key.during is not None:
                touched = inside[codes == key.code]
                if len(touched):
                    self._clear(buffers, shard, touched[~np.isin(touched, holders(key.during, key.code))])

    def _change_one(self, stack: "_Stack", number: int, positions: Int64s, is_set: Mask) -> None:
        """Set or clear bits of one bitmap."""
        self._change(stack, stack.alone(number), positions, zeros(len(positions)), is_set)

    def _change(self, stack: "_Stack", numbers: Int64s, positions: Int64s, codes: Int64s, is_set: Mask) -> None:
        """Set or clear bits by code; a bitmap that had none in a shard gets room there for the first.

        Args:
            numbers: By code, which bitmap of the stack; -1 for none.
        """
        flags, change_bits = is_set.view(np.uint8), self.kernels.writes.change_bits
        if len(stack.buffers) and change_bits(stack.addresses, numbers, positions, codes, flags):
            self._make_room(stack, numbers, positions[is_set], codes[is_set])
            change_bits(stack.addresses, numbers, positions, codes, flags)

    def _make_room(self, stack: "_Stack", numbers: Int64s, positions: Int64s, codes: Int64s) -> None:
        """Have room for a bit at each position in the bitmap of its code."""
        is_known = (codes >= 0) & (codes < len(numbers))
        bitmaps, shards = numbers[codes[is_known]], positions[is_known] >> SHARD_BITS
        is_absent = (bitmaps >= 0) & (stack.addresses[bitmaps, shards] == 0)
        for number, shard in {*zip(bitmaps[is_absent].tolist(), shards[is_absent].tolist(), strict=True)}:
            self._words(stack.buffers[number], shard)
            stack.renew(number)

    def _stack(self) -> "_Stack":
        """The bitmaps at this moment, with their addresses side by side: made anew when something has changed them."""
        now = self._now()
        if self._stacked is None or self._stacked.is_stale(now):
            self._stacked = _Stack(now, len(self.capacities))
        return self._stacked

    def note_row(self, shard: int, code: int, added: Int64s, removed: Int64s) -> None:
        """Follow a write that gave one row to some records of a shard and took it from others, for all times.

        Of the others, `note_left` tells what else they have.
        """
        for key, buffers in self._now():
            if isinstance(key, RowKey) and key.code == code:
                self._clear(buffers, shard, removed)
                if key.during is None:
                    self._set(buffers, shard, added)
            elif isinstance(key, AnyRowKey):
                self._set(buffers, shard, added)

    def note_erased(self, picks: Sequence[Pick]) -> None:
        """Follow the end of records."""
        for _, buffers in self._now():
            for pick in picks:
                words = buffers.get(0, pick.shard)
                if words is not None and pick.is_whole:
                    buffers.put(0, pick.shard, None)
                elif words is not None:
                    pick.clear(words)

    def _now(self) -> list[tuple[Key, Buffers]]:
        """The bitmaps at this moment: a reader of another table, who needs the room, may drop some meanwhile."""
        return [*self.entries.items()]

    def _clear(self, buffers: Buffers, shard: int, inside: Int64s) -> None:
        words = buffers.get(0, shard)
        if words is not None and len(inside):
            clear_bits(words, inside)

    def _set(self, buffers: Buffers, shard: int, inside: Int64s) -> None:
        if len(inside):
            set_bits(self._words(buffers, shard), inside)

    def _words(self, buffers: Buffers, shard: int) -> UInt64s:
        words = buffers.get(0, shard)
        if words is None:
            words = new_words(self.capacities[shard])
            buffers.extend(shards=shard + 1)
            buffers.put(0, shard, words)
        return words


class _Stack:
    """Bitmaps side by side, as the write kernels take them.

    Attributes:
        addresses: int64 [bitmaps, shards].
        numbers: By code, the number of the row's bitmap, at whatever time the row was got; -1 for none.
        timed: The bitmaps of rows within a span of time.
        any_row: The number of the bitmap of whoever has a row at all.
    """

    def __init__(self, now: Sequence[tuple[Key, Buffers]], shards: int) -> None:
        self.keys = [key for key, _ in now]
        self.buffers = [buffers for _, buffers in now]
        self.addresses = np.zeros((len(now), shards), np.int64)
        self._versions = [-1] * len(now)
        self._alone = np.arange(len(now))
        for number in range(len(now)):
            self.renew(number)
        self.any_row = next((number for number, key in enumerate(self.keys) if isinstance(key, AnyRowKey)), None)
        rows = [(number, key) for number, key in enumerate(self.keys) if isinstance(key, RowKey)]
        self.timed = [(number, key) for number, key in rows if key.during is not None]
        self.numbers = np.full(1 + max((key.code for _, key in rows), default=-1), -1)
        for number, key in rows:
            if key.during is None:
                self.numbers[key.code] = number

    def alone(self, number: int) -> Int64s:
        """As `numbers`, where code 0 stands for one bitmap."""
        return self._alone[number : number + 1]

    def renew(self, number: int) -> None:
        """Take the addresses of a bitmap as they are now."""
        buffers = self.buffers[number]
        self.addresses[number, : buffers.shards] = buffers.addresses[0]
        self._versions[number] = buffers.version

    def is_stale(self, now: Sequence[tuple[Key, Buffers]]) -> bool:
        """Whether these are not the bitmaps of this moment, where they are now."""
        return [buffers for _, buffers in now] != self.buffers or self._versions != [b.version for b in self.buffers]
