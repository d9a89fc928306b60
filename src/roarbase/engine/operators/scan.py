"""One run of a plan on a table, under the table's shared lock. Not frozen, for the reason of `filter.py`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, UInt64s, sorted_distinct
from roarbase.engine.buffers.layout import SHARD_BITS
from roarbase.engine.cache.bitmaps import FieldBitmaps
from roarbase.engine.cache.keys import Key
from roarbase.engine.cache.store import BitmapStore
from roarbase.engine.filters.filter import Count, Filter, bitmap_filter
from roarbase.engine.kernels.port import SHARD_POSITIONS, Kernels
from roarbase.engine.locks import all_shared
from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.names.record_keys import RecordKeys
from roarbase.engine.operators.reach import tables_of
from roarbase.engine.operators.slots import Slots
from roarbase.engine.operators.turns import Turns
from roarbase.engine.plan import Bitmap, FieldDuring, Referred, TimeRange
from roarbase.engine.tables.fields import Field, NumberField, ReferenceField, RowField
from roarbase.engine.tables.table import Table
from roarbase.errors import BadRequest, ResourceNotFound
from roarbase.model.budget import Budget
from roarbase.model.fields import FieldSpec
from roarbase.model.results import DataType

__all__ = ["Scan", "check_window", "describe"]

_AT_ONCE = 2**18
"""Values of one piece: a few milliseconds per field."""


@dataclass(slots=True, eq=False)
class Scan:
    """What every operator needs: the table, what may be spent, and the kernels with their slots.

    Attributes:
        store: The cached bitmaps of all tables.
        group_bytes: How much memory the groups of one query may take.
        tables: By uuid, in the order of their locks, which the run shares: its table, those that the plan reads
            beside it, and those that any of them refers to.
        turns: In how many goes the run may hold the locks.
        uses_counters: Whether counters may answer; if not, the columns are read, as to measure what that costs.
    """

    table: Table
    budget: Budget
    kernels: Kernels
    slots: Slots
    store: BitmapStore
    group_bytes: int
    tables: Mapping[str, Table]
    turns: Turns
    uses_counters: bool = True

    @property
    def record_type(self) -> DataType:
        """The type of `_id` in a result."""
        return DataType.STRING if self.table.is_keyed else DataType.UINT64

    # ---- fields and records --------------------------------------------------------------

    def field(self, name: str) -> Field:
        """The field of that name, of any type; ResourceNotFound if there is none."""
        return self.table.get_field(name)

    def asked(self, field: str | FieldDuring) -> Field:
        """The field of that name, as it was given to records within a range of time if one comes with it."""
        if isinstance(field, FieldDuring):
            return self.during(self.table.get_field(field.field), field.during)
        return self.table.get_field(field)

    def all_asked(self, fields: Sequence[str | FieldDuring]) -> list[Field]:
        """The same of several."""
        known: Mapping[object, Field] = self.table.fields  # type: ignore[assignment]
        return [known.get(field) or self.asked(field) for field in fields]

    def numbers(self, name: str, asked: str) -> NumberField:
        """The field of that name, if it holds numbers; `asked` says what needs it so."""
        field = self.table.get_field(name)
        if isinstance(field, NumberField) and not isinstance(field, ReferenceField):
            return field
        raise BadRequest(
            f"field {name!r} is {describe(field.spec)}: {asked} needs an int, decimal or timestamp field", field=name
        )

    def rows(self, name: str, asked: str, during: TimeRange | None = None) -> RowField:
        """The field of that name, if it has rows; `asked` says what needs it so."""
        field = self.during(self.table.get_field(name), during)
        if isinstance(field, RowField):
            return field
        raise BadRequest(
            f"field {name!r} is {describe(field.spec)}: {asked} needs a set, mutex, time or bool field", field=name
        )

    def during(self, field: Field, time: TimeRange | None) -> Field:
        """The field as it was given to records within a range of time, if one is asked for.

        Raises:
            BadRequest: It is asked for, and the field is no time field.
        """
        if time is None:
            return field
        if not isinstance(field, RowField) or field.stamps is None:
            raise BadRequest(
                f"field {field.spec.name!r} is {describe(field.spec)}: only a time field can be asked for between "
                "times",
                field=field.spec.name,
            )
        within = field.within(time, len(self.table.extents))
        self.slots.keep(within)  # slots go by where its buffers are
        return within

    def named(self, name: str, asked: str, during: TimeRange | None = None) -> RowField | ReferenceField:
        """The field of that name, if callers name its values: it has rows, or refers to the records of a table."""
        field = self.table.get_field(name)
        return field if isinstance(field, ReferenceField) and during is None else self.rows(name, asked, during)

    def positions_of(self, records: Iterable[int | str]) -> Int64s:
        """The positions of those records that exist, ascending.

        Raises:
            BadRequest: An id in a keyed table, a key in another, or a negative id.
        """
        positions = self.named_positions(records)
        return positions[self.table.exists.take(positions)]

    def named_positions(self, records: Iterable[int | str]) -> Int64s:
        """The same of those records that have a position, whether or not they exist yet or still."""
        known = self.table.records
        if known is None:
            return np.zeros(0, np.int64)
        positions = _find(known, [*records], self.table.name)
        return sorted_distinct(positions[positions >= 0])

    @property
    def is_in_order(self) -> bool:
        """Whether the order of positions is the order of records."""
        return self.table.records is None or self.table.records.is_in_order

    def record_order(self, positions: Int64s) -> Int64s | UInt64s:
        """A sort key for the order of records: the id, or in a keyed table when it was first written."""
        return positions if self.table.records is None else self.table.records.order(positions)

    @contextmanager
    def reopened(self) -> Iterator["Scan"]:
        """The tables as they are now, under their locks again, for a run that gave them back.

        Raises:
            ResourceNotFound: One of them was dropped meanwhile.
        """
        with self.relocked():
            yield replace(self, slots=Slots(self.table, self.budget.check))

    @contextmanager
    def relocked(self) -> Iterator[None]:
        """The locks again, for whoever looks up names and reads no column.

        Raises:
            ResourceNotFound: One of the tables was dropped meanwhile.
        """
        self.budget.check()
        with all_shared(table.lock for table in self.tables.values()):
            for table in self.tables.values():
                if table.is_dropped:
                    raise ResourceNotFound(f"table {table.name!r} was dropped while the query ran", table=table.id)
            yield

    def on(self, table: str) -> "Scan":
        """The same run on another of its tables, by uuid."""
        other = self.tables[table]
        return self if other is self.table else replace(self, table=other, slots=Slots(other, self.budget.check))

    def changes(self, node: Bitmap) -> tuple[tuple[str, int], ...]:
        """How much has changed in the table and in those that a node reads: where it is equal, so are its records.

        Of a table whose records are only named by others, what counts is which there are.
        """
        read = tables_of(node) if isinstance(node, Referred) else {self.table.id, *tables_of(node)}
        changes = tuple((table, self.tables[table].lock.changes) for table in sorted(read))
        return changes if self.table.id in read else ((self.table.id, self.table.exists.changes), *changes)

    # ---- selected records ----------------------------------------------------------------

    def resident_or_none(self, bitmaps: FieldBitmaps, key: Key, count: Count = None) -> Filter | None:
        """The cached bitmap with that key, if there is one."""
        buffers = self.store.find(bitmaps, key)
        if buffers is None:
            return None
        self.slots.keep(buffers)  # another query may drop it from the cache meanwhile
        return bitmap_filter(self.slots.column(buffers), count)

    def cached(self, found: Filter) -> Filter:
        """The cached bitmap of what a filter selects, made now if it was asked for before; else the filter.

        Raises:
            TurnOver: It was made, and others wait for the table.
        """
        if found.origin is None:
            return found
        resident = self.resident_or_none(*found.origin, found.count)
        if resident is not None or not self.turns.is_wanted(self.store, *found.origin):
            return found if resident is None else resident
        self.budget.check()
        bitmaps, key = found.origin
        buffers = bitmaps.empty()
        counts = self.kernels.bitmap(self.slots.shards(), found.program(), buffers.addresses[0])
        for shard in np.flatnonzero(counts == 0).tolist():
            buffers.put(0, shard, None)
        self.store.add(bitmaps, key, buffers)
        self.turns.end_if_due(key, (table.lock for table in self.tables.values()))
        self.slots.keep(buffers)
        return bitmap_filter(self.slots.column(buffers), found.count)

    def count(self, among: Filter) -> int:
        """How many records a filter selects."""
        self.budget.check()
        known = self.table.exists.total if among.is_all else among.known_count()
        if known is not None and self.uses_counters:
            return known
        return self.kernels.count(self.slots.shards(), among.program())

    def positions(self, among: Filter, limit: int | None = None, *, from_behind: bool = False) -> Int64s:
        """The first positions of the records that a filter selects, or the last ones, ascending."""
        self.budget.check()
        if among.positions is not None:
            return among.positions[:limit]
        if among.is_nothing:
            return np.zeros(0, np.int64)
        there = self.table.exists.total
        limit = there if limit is None else min(limit, there)
        return self.kernels.emit(self.slots.shards(), among.program(), limit, from_behind)

    def pieces(self, among: Filter, few: int, *, pairs_per_record: int = 1) -> Iterator[Int64s]:
        """The positions of all records that a filter selects, ascending, so many at a time.

        Args:
            few: So many values are read while others wait.
            pairs_per_record: How many values of a field a record has.

        Raises:
            CopyWanted: They are more, and a copy of the table may be asked.
        """
        at_once = max(1, _AT_ONCE // pairs_per_record)
        found = self.positions(among, at_once)
        if len(found) * pairs_per_record > few:
            self.turns.want_copy()
        if len(found) < at_once:
            yield found
            return
        for shard in self.shard_numbers():
            found = self.shard_positions(among, shard)
            for start in range(0, len(found), at_once):
                self.budget.check()
                yield found[start : start + at_once]

    def shard_positions(self, among: Filter, shard: int) -> Int64s:
        """All positions in one shard that a filter selects, counted from the table's first."""
        self.budget.check()
        found = self.kernels.emit(self.slots.shard(shard), among.program(), SHARD_POSITIONS)
        return found + (shard << SHARD_BITS)

    def shard_numbers(self) -> list[int]:
        """The shards in which something stands."""
        shards: list[int] = np.flatnonzero(self.table.extents).tolist()
        return shards


def check_window(limit: int | None, offset: int) -> None:
    """Raise BadRequest unless limit and offset are counts."""
    for name, count in (("limit", limit), ("offset", offset)):
        if count is not None and count < 0:
            raise BadRequest(f"{name} is {count}: it must be 0 or more")


def describe(spec: FieldSpec) -> str:
    """A field's type with its article, for messages."""
    if spec.is_reference:
        return f"a reference to table {spec.foreign_index!r}"
    words = f"keyed {spec.type}" if spec.is_keyed else str(spec.type)
    return f"an {words}" if words == "int" else f"a {words}"


def _find(known: RecordIds | RecordKeys, records: list[int | str], table: str) -> Int64s:
    if isinstance(known, RecordKeys):
        keys = [record for record in records if isinstance(record, str)]
        if len(keys) < len(records):
            wrong = next(record for record in records if not isinstance(record, str))
            raise BadRequest(f"table {table!r} knows its records by keys: ask for a string, not {wrong!r}")
        return known.find(keys)
    ids = []
    for record in records:
        if isinstance(record, (str, bool)):
            raise BadRequest(f"table {table!r} knows its records by ids: ask for a number, not {record!r}")
        if record < 0:
            raise BadRequest(f"there is no record {record}: record ids begin at 0")
        if record < 2**64:
            ids.append(record)
    return known.find(np.array(ids, np.uint64))
