"""A batch: records converted to columns, ready to be applied.

Every column is as long as the batch. `states` says per record what the column does to it:
`UNTOUCHED` leaves the stored value, `VALUE` replaces it (sets: adds), `CLEARED` makes it null.
If a record occurs twice in a batch, its later occurrence wins; members of sets add up.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CLEARED",
    "NO_TIME",
    "UNTOUCHED",
    "VALUE",
    "Batch",
    "Column",
    "KeyedRows",
    "MutexColumn",
    "NumberColumn",
    "ReferenceColumn",
    "SetColumn",
]

UNTOUCHED, VALUE, CLEARED = 0, 1, 2

NO_TIME = -(2**63)
"""In the place of a moment: the record has none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyedRows:
    """Strings, each kept once: entry i is `keys[codes[i]]`. `codes` is int64."""

    keys: Sequence[str]
    codes: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberColumn:
    """Values of an int, decimal (scaled), timestamp (in its unit, since 1970) or bool (0 and 1) field.

    `states` is uint8 and `values` int64, both of the batch's length; values without
    state `VALUE` are ignored.
    """

    field: str
    states: NDArray[np.uint8]
    values: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class MutexColumn:
    """Rows of a mutex field: one per record. Without state `VALUE`, the entry is ignored.

    `rows` is a uint64 array of row ids, or `KeyedRows` where the field is keyed.
    """

    field: str
    states: NDArray[np.uint8]
    rows: NDArray[np.uint64] | KeyedRows


@dataclass(frozen=True, kw_only=True, slots=True)
class SetColumn:
    """Rows of a set or time field to add: record i gains `rows[offsets[i]:offsets[i + 1]]`.

    `offsets` is int64 with one entry more than the batch has records. `times` is int64, when each record
    got its rows, in seconds since 1970, UTC, of the years 1 to 9999, or NO_TIME; only time fields heed
    it. Rows without a time are in the standard view only.
    """

    field: str
    offsets: NDArray[np.int64]
    rows: NDArray[np.uint64] | KeyedRows
    times: NDArray[np.int64] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceColumn:
    """Records of another table by their keys, for an int field with a foreign index: one per record.

    Without state `VALUE`, the entry is ignored. A key that the other table never met is known to it from
    then on; a record has the key only once it is written there.
    """

    field: str
    states: NDArray[np.uint8]
    rows: KeyedRows


Column = NumberColumn | MutexColumn | SetColumn | ReferenceColumn


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Records of one table. Exactly one of `ids` (uint64) and `keys` is given.

    Attributes:
        table: The table's uuid.
        columns: At most one per field; every field exists in the table.
    """

    table: str
    columns: tuple[Column, ...]
    ids: NDArray[np.uint64] | None = None
    keys: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.ids) if self.ids is not None else len(self.keys or ())
