"""The write kernels: many positions of one column changed in one call, whatever shards they are in.

A column comes as the arrays that `Buffers` keeps: addresses, widths and bases of its buffers, int64
[slots, shards], with the meaning that `kernels/port.py` gives them. Positions are int64, shard x 2^20 +
position in the shard, and every shard that is written to has its buffers, with room for the position. One
thread calls at a time, alone with the table; arrays named `out_*` are filled for the caller.
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["HasWrites", "WriteKernels"]

_Int64s = NDArray[np.int64]
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
        out_old: _Int64s,
        out_had: _Flags,
    ) -> None:
        """Replace numbers, or clear them where `is_value` is 0, and tell what stood there before.

        The slots are values, not-null and zones. Values fit the width and base of their shard. Not-null bits follow
        where the shard has that bitmap; where it has none, a record had a value unless it is fresh. Zones are
        widened. Positions are all different.

        Args:
            is_fresh: 1 where no record stood before this batch.
            out_old: The number before, where `out_had` is 1.
        """
        ...

    def swap_codes(
        self, addresses: _Int64s, widths: _Int64s, positions: _Int64s, codes: _Int64s, out_old: _Int64s
    ) -> None:
        """Replace the codes of one plane (slot 0) and tell those before; -1 is none. Positions are all different.

        In a shard without the plane there was none, and nothing is written: codes for it are all -1.
        """
        ...

    def find_slots(
        self, addresses: _Int64s, widths: _Int64s, positions: _Int64s, codes: _Int64s, out_slots: _Int64s
    ) -> None:
        """The plane in which each new code of a record will stand; -1 where the record holds it already.

        Pairs are ordered by position and all different. Planes are filled from the first; the answer may name
        planes that are not there yet.
        """
        ...

    def put_codes(
        self, addresses: _Int64s, widths: _Int64s, positions: _Int64s, codes: _Int64s, slots: _Int64s
    ) -> None:
        """Write codes into planes that are there and wide enough; slot -1 writes nothing."""
        ...

    def change_bits(self, addresses: _Int64s, bitmaps: _Int64s, positions: _Int64s, is_set: _Flags) -> None:
        """Set or clear one bit per entry, in bitmap number `bitmaps[i]` of [bitmaps, shards].

        Where there is no bitmap for the shard, nothing happens.
        """
        ...

    def has_bits(self, addresses: _Int64s, positions: _Int64s, out_has: _Flags) -> None:
        """Whether the bit of each position is set in the bitmap at `addresses[shard]`, int64 [shards].

        Where there is no bitmap, and behind the last shard, no bit is set.
        """
        ...


class HasWrites(Protocol):
    """Whatever has write kernels: those of now, which may be others at the next asking."""

    @property
    def writes(self) -> WriteKernels: ...
