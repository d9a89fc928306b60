"""A batch: records converted to columns, ready to be applied.

Every column is as long as the batch. `states` says per record, as uint8, what the column does to it; None, `VALUE` for
each:

    UNTOUCHED   leaves what is stored
    VALUE       replaces it; sets gain the given rows
    CLEARED     makes it null; sets lose all rows
    REMOVED     makes it null if it is the given value; sets lose the given rows
    REPLACED    sets only: the given rows and no others

If a record occurs twice in a batch, it is as if its occurrences were written one after the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CLEARED",
    "NO_TIME",
    "REMOVED",
    "REPLACED",
    "UNTOUCHED",
    "VALUE",
    "Batch",
    "Column",
    "KeyedRows",
    "MutexColumn",
    "NumberColumn",
    "ReferenceColumn",
    "SetColumn",
    "states_of",
]

UNTOUCHED, VALUE, CLEARED, REMOVED, REPLACED = range(5)

_VALUE, _CLEARED = np.uint8(VALUE), np.uint8(CLEARED)

_Whole = NDArray[np.integer[Any]]
"""Whole numbers in whatever type holds them: the narrower, the less a bulk load costs."""

NO_TIME = -(2**63)
"""In the place of a moment: the record has none."""


def states_of(are_there: NDArray[np.bool_] | None) -> NDArray[np.uint8] | None:
    """A value where there is one; null clears. None: each has one."""
    return None if are_there is None else np.where(are_there, _VALUE, _CLEARED)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyedRows:
    """Strings, each kept once: entry i is `keys[codes[i]]`."""

    keys: Sequence[str]
    codes: _Whole


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberColumn:
    """Values of an int, decimal (scaled), timestamp (in its unit, since 1970) or bool (0 and 1) field.

    `values` are whole numbers within 64 bits with sign; those without state `VALUE` or `REMOVED` are ignored.
    """

    field: str
    values: _Whole
    states: NDArray[np.uint8] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MutexColumn:
    """Rows of a mutex field: one per record. Without state `VALUE` or `REMOVED`, the entry is ignored.

    `rows` are row ids, from 0 to 2^64-2, or `KeyedRows` where the field is keyed.
    """

    field: str
    rows: _Whole | KeyedRows
    states: NDArray[np.uint8] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SetColumn:
    """Rows of a set or time field: those of record i are `rows[offsets[i]:offsets[i + 1]]`.

    `offsets` is int64 with one entry more than the batch has records. What a time field loses, it loses in all
    views. `times` is int64, when each record got its rows, in seconds since 1970, UTC, of the years 1 to 9999, or
    NO_TIME; only time fields heed it. Rows without a time are in the standard view only.
    """

    field: str
    offsets: NDArray[np.int64]
    rows: _Whole | KeyedRows
    times: NDArray[np.int64] | None = None
    states: NDArray[np.uint8] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceColumn:
    """Records of another table by their keys, for an int field with a foreign index: one per record.

    Without state `VALUE` or `REMOVED`, the entry is ignored. A key given as a `VALUE` that the other table
    never met is known to it from then on; a record has the key only once it is written there.
    """

    field: str
    rows: KeyedRows
    states: NDArray[np.uint8] | None = None


Column = NumberColumn | MutexColumn | SetColumn | ReferenceColumn


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Records of one table. Exactly one of `ids` (uint64) and `keys` is given.

    Attributes:
        table: The table's uuid.
        columns: At most one per field; every field exists in the table.
        makes_records: Records that do not exist are made; otherwise they are passed over.
    """

    table: str
    columns: tuple[Column, ...]
    ids: NDArray[np.uint64] | None = None
    keys: Sequence[str] | None = None
    makes_records: bool = True

    def __len__(self) -> int:
        return len(self.ids) if self.ids is not None else len(self.keys or ())
