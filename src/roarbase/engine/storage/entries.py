"""What the log keeps: schema changes, and the effects of writes on records that stand at positions.

An entry says the *effect* of a write, so that replay decides nothing anew: names are numbers,
and a selection is the records that it selected. Entries are msgpack with tags; members may be
added with defaults, none may change its meaning.

One entry is applied wholly or not at all. What takes several effects is a GroupEntry.
"""

from msgspec import Struct

from roarbase.model.changes import SchemaChange

__all__ = [
    "BatchEntry",
    "BitPositions",
    "ClearRowEntry",
    "DeleteEntry",
    "Entry",
    "ForeignKeys",
    "GroupEntry",
    "ListedPositions",
    "MutexValues",
    "NumberValues",
    "Packed",
    "RowKeys",
    "RunPositions",
    "SetValues",
    "ShardPositions",
    "SingleEntry",
    "StoreRowEntry",
    "WriteEntry",
]


class Packed(Struct, frozen=True, kw_only=True, array_like=True):
    """Integers as little-endian offsets from `base`, in the narrowest width that holds them.

    `width` is 1, 2, 4 or 8 bytes, unsigned; 8 means the values themselves modulo 2^64. 0 means numbers that rise by
    one from `base`; `data` is how many these are.
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
    """A NumberColumn: `states` one byte per record, empty where every record has a value; `values` int64 of those
    with state VALUE or REMOVED only.

    Of a ReferenceColumn, values are the numbers of the keys in the other table.
    """

    field_id: str
    states: bytes
    values: Packed


class MutexValues(Struct, frozen=True, kw_only=True, tag="mutex"):
    """A MutexColumn: `states` likewise, `rows` are row ids of those with state VALUE or REMOVED only."""

    field_id: str
    states: bytes
    rows: Packed


class SetValues(Struct, frozen=True, kw_only=True, tag="set"):
    """A SetColumn: `lengths` is how many rows come for each record, `rows` all of them in order.

    `states` is one byte per record; empty where every record gains its rows. Of a time field, `timed` is
    one byte per record, 1 where it has a time, and `times` these times; no `times`, no record has one.
    """

    field_id: str
    lengths: Packed
    rows: Packed
    timed: bytes = b""
    times: Packed | None = None
    states: bytes = b""


class BatchEntry(Struct, frozen=True, kw_only=True, tag="batch"):
    """A batch. Records not known before are named in order of first occurrence.

    `first_new` is how many records had ever been given a position before. `new_positions` is where the new ones
    stand, and `new_keys` or `new_ids` what they are called; without either, the positions are their ids.
    Entries from before positions were chosen have no `new_positions`: theirs are `first_new`, `first_new + 1`, ...

    `foreign_keys` come after these, also where a table refers to itself. Without `makes_records`, positions that
    hold no record when the entry is applied are passed over.
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
    makes_records: bool = True


# ---- records by position, as tightly as they go ----------------------------------------------


class ListedPositions(Struct, frozen=True, kw_only=True, array_like=True, tag="list"):
    """Positions in one shard, ascending, one by one."""

    shard: int
    inside: Packed


class RunPositions(Struct, frozen=True, kw_only=True, array_like=True, tag="runs"):
    """Positions in one shard, as stretches that begin at `starts` and have `lengths`."""

    shard: int
    starts: Packed
    lengths: Packed


class BitPositions(Struct, frozen=True, kw_only=True, array_like=True, tag="bits"):
    """Positions in one shard, as a bitmap: bit i of byte b stands for position 8 (`start` + b) + i."""

    shard: int
    start: int
    bits: bytes


ShardPositions = ListedPositions | RunPositions | BitPositions


class DeleteEntry(Struct, frozen=True, kw_only=True, tag="delete"):
    """Records are no more: those at `positions` that exist when the entry is applied; None: all of them."""

    table: str
    positions: list[ShardPositions] | None


class ClearRowEntry(Struct, frozen=True, kw_only=True, tag="clear_row"):
    """No record of `positions` (None: none at all) holds the row any more."""

    table: str
    field_id: str
    row: int
    positions: list[ShardPositions] | None


class StoreRowEntry(Struct, frozen=True, kw_only=True, tag="store_row"):
    """Exactly those records at `positions` hold the row that exist when the entry is applied."""

    table: str
    field_id: str
    row: int
    positions: list[ShardPositions]
    row_keys: list[RowKeys] = []


SingleEntry = BatchEntry | DeleteEntry | ClearRowEntry | StoreRowEntry


class GroupEntry(Struct, frozen=True, kw_only=True, tag="group"):
    """Effects on one table, one after the other, that no reader may see apart."""

    table: str
    entries: list[SingleEntry]


WriteEntry = SingleEntry | GroupEntry

Entry = SchemaChange | WriteEntry
