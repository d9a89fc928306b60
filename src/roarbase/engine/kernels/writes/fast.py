"""The write kernels in machine code: one call each, in the caller's thread."""

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.calls import Entries

__all__ = ["FastWrites"]

_Int64s = NDArray[np.int64]
_Flags = NDArray[np.uint8]


class FastWrites:
    """`roarbase.engine.kernels.writes.port.WriteKernels` in machine code."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def bounds(self, positions: _Int64s, values: _Int64s, out_lows: _Int64s, out_highs: _Int64s) -> None:
        self._entries["value_bounds"](positions, values, out_lows, out_highs)

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
        self._entries["swap_numbers"](addresses, widths, bases, positions, values, is_value, is_fresh, out_old, out_had)

    def swap_codes(
        self, addresses: _Int64s, widths: _Int64s, positions: _Int64s, codes: _Int64s, out_old: _Int64s
    ) -> None:
        self._entries["swap_codes"](addresses, widths, positions, codes, out_old)

    def find_slots(
        self, addresses: _Int64s, widths: _Int64s, positions: _Int64s, codes: _Int64s, out_slots: _Int64s
    ) -> None:
        self._entries["find_slots"](addresses, widths, positions, codes, out_slots)

    def put_codes(
        self, addresses: _Int64s, widths: _Int64s, positions: _Int64s, codes: _Int64s, slots: _Int64s
    ) -> None:
        self._entries["put_codes"](addresses, widths, positions, codes, slots)

    def change_bits(self, addresses: _Int64s, bitmaps: _Int64s, positions: _Int64s, is_set: _Flags) -> None:
        self._entries["change_bits"](addresses, bitmaps, positions, is_set)

    def has_bits(self, addresses: _Int64s, positions: _Int64s, out_has: _Flags) -> None:
        self._entries["has_bits"](addresses, positions, out_has)
