"""One table: its records, its fields, how much room its shards have, and the lock between runs and writes."""

from collections.abc import Iterable

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, all_set, greatest
from roarbase.engine.buffers.layout import SHARD_BITS, capacity_for
from roarbase.engine.buffers.stretch import Stretch
from roarbase.engine.cache.bitmaps import FieldBitmaps
from roarbase.engine.columns.exists import ExistsColumn
from roarbase.engine.kernels.port import SHARD_POSITIONS, WORD_BITS, Kernels
from roarbase.engine.locks import FairLock
from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.names.record_keys import RecordKeys
from roarbase.engine.names.target import Target
from roarbase.engine.tables.coverage import Coverage, Lacking
from roarbase.engine.tables.fields import Field, ReferenceField, make_field
from roarbase.engine.tables.watch import Watches
from roarbase.errors import ResourceNotFound
from roarbase.model.fields import FieldSpec, TableSpec

__all__ = ["Records", "Table"]

Records = RecordIds | RecordKeys

_IN_SHARD = SHARD_POSITIONS - 1


class Table:
    """Records stand at positions: most ids at the one that is equal to them, all others one behind the other.

    A position is taken when a batch is assigned, and its record exists once the batch is applied.
    A shard in which nothing stands has no buffers.
    All buffers of a shard have the same capacity, so that a kernel can run over any of them together.

    Attributes:
        records: The names of the records; None while the kind is open.
        is_keyed: The kind as the schema tells it: settled by a change or an applied batch.
        exists: Which positions hold a record.
        targets: The uuids of the tables that fields refer to.
        extents: Positions in use by shard, int64, as kernels want them: multiples of 64.
        joins: Cached bitmaps of records joined to others.
        watches: Who reads the table piece by piece now, and must hear of writes.
        coverage: While the log is replayed behind snapshots, what these have in them already.
        is_dropped: The table is no more: said under the lock, for those who come back to it.
    """

    def __init__(self, table_id: str, name: str, kernels: Kernels, *, is_keyed: bool | None) -> None:
        self.id = table_id
        self.name = name
        self.is_keyed = is_keyed
        self.records: Records | None = None
        self.fields: dict[str, Field] = {}
        self.targets: frozenset[str] = frozenset()
        self.exists = ExistsColumn(kernels)
        self.extents = np.zeros(0, np.int64)
        self.lock = FairLock()
        self.watches = Watches()
        self.coverage: Coverage | None = None
        self.is_dropped = False
        self.joins = FieldBitmaps(kernels)
        self._kernels = kernels
        self._capacities: list[int] = []
        if is_keyed is not None:
            self.choose_kind(is_keyed=is_keyed)

    @property
    def entered(self) -> int:
        """How many records were ever given a position."""
        return 0 if self.records is None else self.records.entered

    @property
    def nbytes(self) -> int:
        """The size of all buffers."""
        records = self.records
        names = 0 if records is None else records.nbytes
        return names + self.exists.nbytes + sum(field.nbytes for field in [*self.fields.values()])

    @property
    def kind(self) -> bool | None:
        """Whether records are known by keys, as batches must have it: None while that is open.

        Ahead of `is_keyed` while a batch that decided it is assigned and not yet applied.
        """
        return None if self.records is None else isinstance(self.records, RecordKeys)

    @property
    def spec(self) -> TableSpec:
        """The table as the schema tells it: its fields in the order in which they were made."""
        return TableSpec(
            id=self.id,
            name=self.name,
            is_keyed=self.is_keyed,
            fields={name: field.spec for name, field in self.fields.items()},
            field_ids={name: field.id for name, field in self.fields.items()},
        )

    def choose_kind(self, *, is_keyed: bool) -> Records:
        """Begin to number records by key or by id."""
        if self.records is None:
            self.records = RecordKeys(self._kernels) if is_keyed else RecordIds(self._kernels)
        return self.records

    def as_target(self, sequence: int) -> Target:
        """The keys of a keyed table, for a field that refers to its records from this log entry on."""
        assert isinstance(self.records, RecordKeys)
        self.records.keep(sequence)
        return Target(self.id, self.records)

    # ---- fields --------------------------------------------------------------------------

    def add_field(self, field_id: str, spec: FieldSpec, target: "Table | None" = None, sequence: int = 0) -> None:
        """Add an empty field with as much room as the others have.

        Args:
            target: The keyed table whose records it refers to.
            sequence: The number of the log entry that makes the field.
        """
        keys = None if target is None else target.as_target(sequence)
        field = make_field(field_id, spec, self.exists, self._kernels, keys)
        for shard, capacity in enumerate(self._capacities):
            if capacity:
                field.resize(shard, capacity)
        self.fields[spec.name] = field
        if target is not None:
            self._note_targets()

    def drop_field(self, name: str) -> None:
        """Drop a field with its values."""
        del self.fields[name]
        self._note_targets()

    def _note_targets(self) -> None:
        self.targets = frozenset(f.target.table for f in self.fields.values() if isinstance(f, ReferenceField))

    def get_field(self, name: str) -> Field:
        """The field of that name.

        Raises:
            ResourceNotFound: There is none.
        """
        field = self.fields.get(name)
        if field is None:
            raise ResourceNotFound(f"field not found: {name!r}", field=name, table=self.name)
        return field

    def fields_by_id(self) -> dict[str, Field]:
        """The fields by the ids that the log knows them by."""
        return {field.id: field for field in self.fields.values()}

    # ---- snapshots -----------------------------------------------------------------------

    def lacking(self, sequence: int) -> Lacking | None:
        """Which shards lack the log entry with this number; None: all of them do."""
        return None if self.coverage is None or sequence > self.coverage.end else Lacking(self.coverage, sequence)

    def settle_coverage(self) -> None:
        """Every shard has every entry from now on."""
        if self.coverage is not None and self.records is not None:
            self.records.settle_loaded(*self.coverage.names)
        self.coverage = None

    @property
    def unloaded_count(self) -> int:
        """How many fields have shards of which snapshots are not loaded."""
        return sum(len(field.unloaded) > 0 for field in self.fields.values())

    def load_shards(self, shards: Iterable[int] | None) -> None:
        """Let the columns have what snapshots keep of these shards; None: of all.

        Raises:
            LogDamaged: It is not what was written.
        """
        for field in [*self.fields.values()]:  # the writer may make one meanwhile
            if shards is None:
                field.unloaded.settle()
            else:
                for shard in shards:
                    field.unloaded.load(shard)

    def open_fields(self) -> None:
        """The log is replayed: who comes to a column from now on finds all of it there."""
        for field in self.fields.values():
            field.unloaded.open()

    def load_rest(self) -> None:
        """Let every column have all that snapshots keep of it, and find all names, as the writer must before it writes.

        Raises:
            LogDamaged: It is not what was written.
        """
        if self.records is not None:
            self.records.enter_loaded()
        for field in [*self.fields.values()]:
            if field.unloaded.is_due:
                field.unloaded.settle()

    def load_room(self, shard: int, used: int, capacity: int) -> None:
        """Have as much room in a shard as it had when its image was taken."""
        if capacity:
            self._reach(shard)
            self.extents[shard] = used
            self._resize(shard, capacity)

    def capacity(self, shard: int) -> int:
        """How many positions of a shard every column has room for."""
        return self._capacities[shard] if shard < len(self._capacities) else 0

    # ---- room ----------------------------------------------------------------------------

    def are_within(self, positions: Int64s) -> Mask:
        """Which positions stand where their shards have something."""
        shards, extents = positions >> SHARD_BITS, self.extents
        beyond = greatest(shards) + 1 - len(extents) if len(shards) else 0
        is_within: Mask = positions & _IN_SHARD < (np.pad(extents, (0, beyond)) if beyond > 0 else extents)[shards]
        return is_within

    def make_room(self, positions: Int64s) -> None:
        """Let every column have room for these positions."""
        if all_set(self.are_within(positions)):
            return
        shards = max(len(self.extents), (int(positions.max(initial=-1)) >> SHARD_BITS) + 1)
        last = np.full(shards, -1)
        self._kernels.writes.bounds(positions, positions & _IN_SHARD, np.zeros_like(last), last)
        there = self.extents if shards == len(self.extents) else np.pad(self.extents, (0, shards - len(self.extents)))
        for shard in np.flatnonzero(last >= there).tolist():
            self._use(shard, int(last[shard]) + 1)

    def make_room_for(self, stretch: Stretch) -> None:
        """Let every column have room for these places."""
        self._use(stretch.shard, stretch.stop)

    def _use(self, shard: int, used: int) -> None:
        """Have so many positions of a shard in use, at least."""
        self._reach(shard)
        self.extents[shard] = max(int(self.extents[shard]), -(-used // WORD_BITS) * WORD_BITS)
        capacity = capacity_for(used)
        if capacity > self._capacities[shard]:
            self._resize(shard, capacity)

    def _reach(self, shard: int) -> None:
        """Count the shards up to this one; those without a record have no room."""
        more = shard + 1 - len(self._capacities)
        if more > 0:
            self._capacities += [0] * more
            self.extents = np.pad(self.extents, (0, more))

    def _resize(self, shard: int, capacity: int) -> None:
        self._capacities[shard] = capacity
        self.exists.resize(shard, capacity)
        if isinstance(self.records, RecordIds):
            self.records.resize(shard, capacity)
        self.joins.resize(shard, capacity)
        for field in self.fields.values():
            field.resize(shard, capacity)
