"""The write kernels in machine code: one call each, in the caller's thread."""

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.calls import Entries

__all__ = ["FastWrites"]

_Int64s = NDArray[np.int64]
_UInt64s = NDArray[np.uint64]
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
        held_counts: _Int64s,
        out_old: _Int64s,
        out_had: _Flags,
    ) -> bool:
        fits: bool = self._entries["swap_numbers"](
            addresses, widths, bases, positions, values, is_value, is_fresh, held_counts, out_old, out_had
        )
        return fits

    def swap_codes(
        self,
        addresses: _Int64s,
        widths: _Int64s,
        positions: _Int64s,
        codes: _Int64s,
        counts: _Int64s,
        out_old: _Int64s,
    ) -> bool:
        fits: bool = self._entries["swap_codes"](addresses, widths, positions, codes, counts, out_old)
        return fits

    def add_codes(
        self,
        addresses: _Int64s,
        widths: _Int64s,
        positions: _Int64s,
        codes: _Int64s,
        counts: _Int64s,
        out_told: _Flags,
    ) -> int:
        waiting: int = self._entries["add_codes"](addresses, widths, positions, codes, counts, out_told)
        return waiting

    def change_bits(
        self, addresses: _Int64s, numbers: _Int64s, positions: _Int64s, codes: _Int64s, is_set: _Flags
    ) -> int:
        absent: int = self._entries["change_bits"](addresses, numbers, positions, codes, is_set)
        return absent

    def has_bits(self, addresses: _Int64s, lengths: _Int64s, bits: int, positions: _Int64s, out_has: _Flags) -> None:
        self._entries["has_bits"](addresses, lengths, bits, positions, out_has)

    def has_words(self, runs: _Int64s, lengths: _Int64s, firsts: _Int64s, words: _UInt64s, out_has: _Flags) -> None:
        self._entries["has_words"](runs, lengths, firsts, words, np.empty(len(words), np.int64), out_has)
