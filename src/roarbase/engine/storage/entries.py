"""What the log keeps: schema changes, and batches with the keys and positions they were given.

An entry says the *effect* of a write, so that replay decides nothing anew. Entries are
msgpack with tags; members may be added with defaults, none may change its meaning.
"""

from msgspec import Struct

from roarbase.model.changes import SchemaChange

__all__ = ["BatchEntry", "Entry", "ForeignKeys", "MutexValues", "NumberValues", "Packed", "RowKeys", "SetValues"]


class Packed(Struct, frozen=True, kw_only=True, array_like=True):
    """Integers as little-endian offsets from `base`, in the narrowest width that holds them.

    `width` is 1, 2, 4 or 8 bytes, unsigned; 8 means the values themselves modulo 2^64.
    """

    width: int
    base: int
    data: bytes


class RowKeys(Struct, frozen=True, kw_only=True):
    """Keys that a field met for the first time: row ids `first_row`, `first_row + 1`, ..."""

    field_id: str
    first_row: int
    keys: list[str]


class ForeignKeys(Struct, frozen=True, kw_only=True):
    """Record keys that another table met for the first time, as references.

    `first` is how many records that table had ever given a position before, and `positions` where these stand, which
    is what values call them by; entries from before positions were chosen have none: `first`, `first + 1`, ...
    """

    table: str
    first: int
    keys: list[str]
    positions: Packed | None = None


class NumberValues(Struct, frozen=True, kw_only=True, tag="numbers"):
    """A NumberColumn: `states` one byte per record, `values` int64 of those with state VALUE only.

    Of a ReferenceColumn, values are the numbers of the keys in the other table.
    """

    field_id: str
    states: bytes
    values: Packed


class MutexValues(Struct, frozen=True, kw_only=True, tag="mutex"):
    """A MutexColumn: `rows` are row ids of those with state VALUE only."""

    field_id: str
    states: bytes
    rows: Packed


class SetValues(Struct, frozen=True, kw_only=True, tag="set"):
    """A SetColumn: `lengths` is how many rows each record gains, `rows` all of them in order.

    Of a time field, `timed` is one byte per record, 1 where it has a time, and `times` these times; no
    `times`, no record has one.
    """

    field_id: str
    lengths: Packed
    rows: Packed
    timed: bytes = b""
    times: Packed | None = None


class BatchEntry(Struct, frozen=True, kw_only=True, tag="batch"):
    """A batch. Records not known before are named in order of first occurrence.

    `first_new` is how many records had ever been given a position before. `new_positions` is where the new ones
    stand, and `new_keys` or `new_ids` what they are called; without either, the positions are their ids.
    Entries from before positions were chosen have no `new_positions`: theirs are `first_new`, `first_new + 1`, ...

    `foreign_keys` come after these, also where a table refers to itself.
    """

    table: str
    positions: Packed
    first_new: int
    new_ids: Packed | None = None
    new_keys: list[str] | None = None
    row_keys: list[RowKeys] = []
    columns: list[NumberValues | MutexValues | SetValues] = []
    foreign_keys: list[ForeignKeys] = []
    new_positions: Packed | None = None


Entry = SchemaChange | BatchEntry
