"""Packing: integer arrays as bytes of the narrowest width, and back.

All arithmetic is modulo 2^64, where int64 and uint64 are the same 64 bits; so one pair of
functions serves both, and no value is ever too far from its base.
"""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.storage.entries import Packed

__all__ = ["pack", "unpack"]

_Integer = TypeVar("_Integer", np.int64, np.uint64)

_WIDTHS = (1, 2, 4, 8)
_MODULUS = 1 << 64


def pack(values: NDArray[np.integer[Any]]) -> Packed:
    """Pack integers of any type as offsets from the smallest of them.

    Args:
        values: One dimension; may be empty.

    Raises:
        TypeError: The array does not hold integers.

    >>> pack(np.array([1000, 1003], dtype=np.int64))
    Packed(width=1, base=1000, data=b'\\x00\\x03')
    """
    if values.dtype.kind not in "iu":
        raise TypeError(f"only integers can be packed, not {values.dtype}")
    if not values.size:
        return Packed(width=1, base=0, data=b"")
    base, highest = int(values.min()), int(values.max())
    width = next(w for w in _WIDTHS if highest - base < 1 << (8 * w))
    if width == 8:
        base = 0
    words = values.astype(np.int64).view(np.uint64) if values.dtype.kind == "i" else values.astype(np.uint64)
    offsets = words - np.uint64(base % _MODULUS)
    return Packed(width=width, base=base, data=offsets.astype(f"<u{width}").tobytes())


def unpack(packed: Packed, dtype: type[_Integer]) -> NDArray[_Integer]:
    """The integers that were packed, as a new array of `dtype`: np.int64 or np.uint64.

    Raises:
        ValueError: The width is unknown, or the bytes are not a whole number of values.

    >>> unpack(Packed(width=1, base=1000, data=b"\\x00\\x03"), np.int64)
    array([1000, 1003])
    """
    if packed.width not in _WIDTHS:
        raise ValueError(f"packed integers of width {packed.width}: only 1, 2, 4 and 8 are known")
    offsets = np.frombuffer(packed.data, dtype=f"<u{packed.width}").astype(np.uint64)
    return (offsets + np.uint64(packed.base % _MODULUS)).view(dtype)
