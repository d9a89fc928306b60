"""Packing: integer arrays as bytes of the narrowest width, and back.

All arithmetic is modulo 2^64, where int64 and uint64 are the same 64 bits; so one pair of
functions serves both, and no value is ever too far from its base. Offsets are worked out in the
width in which the values come, for an array of bytes in bytes: that is most of what a bulk load costs.
"""

from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import all_set, greatest, least
from roarbase.engine.storage.entries import Packed

__all__ = ["Offsets", "count_packed", "is_run", "offsets_of", "pack", "unpack"]

_Integer = TypeVar("_Integer", np.int64, np.uint64)

_RUN = 0
"""The width of numbers that rise by one from the base: `data` is how many there are, in 8 bytes."""

_SHORTEST_RUN = 16
_WIDTHS = (1, 1, 2, 4, 4, 8, 8, 8, 8)
"""By the bytes that the farthest offset has."""
_TYPES = {width: np.dtype(f"<u{width}") for width in (1, 2, 4, 8)}
_MODULUS = 1 << 64


class Offsets(NamedTuple):
    """Numbers as they were packed: each is `base` plus its offset, modulo 2^64."""

    base: int
    offsets: NDArray[np.unsignedinteger]


def pack(values: NDArray[np.integer[Any]]) -> Packed:
    """Pack integers of any type as offsets from the smallest of them, or from 0 if that takes no more.

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
    lowest, highest = least(values), greatest(values)
    if _is_run(values, lowest, highest):
        return Packed(width=_RUN, base=lowest, data=len(values).to_bytes(8, "little"))
    width = _WIDTHS[((highest - lowest).bit_length() + 7) // 8]
    base = 0 if width == 8 or (lowest >= 0 and highest < 1 << (8 * width)) else lowest
    return Packed(width=width, base=base, data=_offsets(values, base).astype(_TYPES[width], copy=False).tobytes())


def unpack(packed: Packed, dtype: type[_Integer]) -> NDArray[_Integer]:
    """The integers that were packed, as a new array of `dtype`: np.int64 or np.uint64.

    Raises:
        ValueError: The width is unknown, or the bytes are not a whole number of values.

    >>> unpack(Packed(width=1, base=1000, data=b"\\x00\\x03"), np.int64)
    array([1000, 1003])
    """
    base, offsets = offsets_of(packed)
    values = offsets.astype(np.uint64)
    if base:
        values += np.uint64(base % _MODULUS)
    return values.view(dtype)


def offsets_of(packed: Packed) -> Offsets:
    """The integers that were packed as a base and offsets, for reading only, in the width in which they lie.

    Raises:
        ValueError: As `unpack`.
    """
    if packed.width == _RUN:
        return Offsets(packed.base, np.arange(count_packed(packed), dtype=np.uint64))
    kind = _TYPES.get(packed.width)
    if kind is None:
        raise ValueError(f"packed integers of width {packed.width}: only 0, 1, 2, 4 and 8 are known")
    return Offsets(packed.base, np.frombuffer(packed.data, kind))


def count_packed(packed: Packed) -> int:
    """How many integers were packed."""
    return int.from_bytes(packed.data, "little") if packed.width == _RUN else len(packed.data) // packed.width


def is_run(packed: Packed) -> bool:
    """Whether the numbers rise by one and are packed so."""
    return packed.width == _RUN


def _is_run(values: NDArray[np.integer[Any]], lowest: int, highest: int) -> bool:
    """Whether the values rise by one, and there are enough of them to say so."""
    if len(values) < _SHORTEST_RUN or highest - lowest != len(values) - 1 or int(values[0]) != lowest:
        return False
    return all_set(values[1:] > values[:-1])


def _offsets(values: NDArray[np.integer[Any]], base: int) -> NDArray[np.unsignedinteger]:
    """The values less the base, modulo the width in which they come."""
    native = values if values.dtype.isnative else values.astype(values.dtype.newbyteorder("="))
    words: NDArray[np.unsignedinteger] = native.view(f"u{native.itemsize}")
    return words - words.dtype.type(base % (1 << 8 * native.itemsize)) if base else words
