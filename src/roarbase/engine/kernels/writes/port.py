"""The write kernels: many positions of one column changed in one call, whatever shards they are in.

A column comes as the arrays that `Buffers` keeps: addresses, widths and bases of its buffers, int64
[slots, shards], with the meaning that `kernels/port.py` gives them. Positions are int64, shard x 2^20 +
position in the shard, and every shard that is written to has its buffers, with room for the position. One
thread calls at a time, alone with the table; arrays named `out_*` are filled for the caller.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["ADDED", "HELD", "WAITS", "HasWrites", "WriteKernels"]

HELD, ADDED, WAITS = 0, 1, 2
"""What `add_codes` tells of a pair: it was there, it is new, or there is no room for it yet."""

_Int64s = NDArray[np.int64]
_UInt64s = NDArray[np.uint64]
_Flags = NDArray[np.uint8]


class WriteKernels(Protocol):
    """Changes of columns and bitmaps, position by position, in order."""

    def bounds(self, positions: _Int64s, values: _Int64s, out_lows: _Int64s, out_highs: _Int64s) -> None:
        """Widen `out_lows` and `out_highs`, one each per shard, to hold the values that go to the shard."""
        ...

    def swap_numbers(
        self,
        addresses: _Int64s,
        widths: _Int64s,
        bases: _Int64s,
        positions: _Int64s,
        values: _Int64s,
        is_value: _Flags,
        is_fresh: _Flags,
        held_counts: _Int64s,
        out_old: _Int64s,
        out_had: _Flags,
    ) -> bool:
        """Replace numbers, or clear them where `is_value` is 0, and tell what stood there before.

        The slots are values, not-null and zones. Not-null bits follow where the shard has that bitmap; where it has
        none, a record had a value unless it is fresh. Zones are widened. Positions are all different.

        Args:
            is_fresh: 1 where no record stood before this batch.
            held_counts: How many values each shard has; kept up.
            out_old: The number before, where `out_had` is 1.

        Returns:
            False where some value does not fit the width and base of its shard: then nothing is done.
        """
        ...

    def swap_codes(
        self,
        addresses: _Int64s,
        widths: _Int64s,
        positions: _Int64s,
        codes: _Int64s,
        counts: _Int64s,
        out_old: _Int64s,
    ) -> bool:
        """Replace the codes of one plane (slot 0) and tell those before; -1 is none. Positions are all different.

        Args:
            counts: How many records hold each code; kept up, and long enough for these codes.

        Returns:
            False where some code does not fit the width of its shard, or there is no plane: then nothing is done.
        """
        ...

    def add_codes(
        self,
        addresses: _Int64s,
        widths: _Int64s,
        positions: _Int64s,
        codes: _Int64s,
        counts: _Int64s,
        out_told: _Flags,
    ) -> int:
        """Give records codes that they do not hold yet, in order, each in the first plane that is empty there.

        Pairs may repeat. One waits where the record has no empty plane, or the planes are too narrow for the code.

        Args:
            counts: As for `swap_codes`.
            out_told: HELD, ADDED or WAITS.

        Returns:
            How many wait.
        """
        ...

    def change_bits(
        self, addresses: _Int64s, numbers: _Int64s, positions: _Int64s, codes: _Int64s, is_set: _Flags
    ) -> int:
        """Set or clear one bit per entry, in bitmap number `numbers[code]` of [bitmaps, shards].

        Nothing happens where the code is none (-1), has no bitmap (-1, or behind the end of `numbers`), or its bitmap
        is absent in the shard.

        Returns:
            How many bits were to be set in bitmaps that are absent in their shard.
        """
        ...

    def has_bits(self, addresses: _Int64s, lengths: _Int64s, bits: int, positions: _Int64s, out_has: _Flags) -> None:
        """Whether the bit of each position is set in the bitmap at `addresses[shard]`, int64 [shards].

        Where there is no bitmap, behind the end of one and behind the last shard, no bit is set.

        Args:
            lengths: Bits in each bitmap, at least as many entries as there are addresses.
            bits: log2 of the positions in a shard.
        """
        ...

    def has_words(self, runs: _Int64s, lengths: _Int64s, firsts: _Int64s, words: _UInt64s, out_has: _Flags) -> None:
        """Whether each word of shard x 2^52 + rest is there: the rest in one of the shard's runs. Words ascend.

        Args:
            runs: Addresses of runs of words, each ascending.
            lengths: Words in each run.
            firsts: By shard, the number of its first run; behind the last shard, how many runs there are.
        """
        ...


class HasWrites(Protocol):
    """Whatever has write kernels: those of now, which may be others at the next asking."""

    @property
    def writes(self) -> WriteKernels: ...
