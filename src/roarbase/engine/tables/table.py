"""One table: its records, its fields, how much room its shards have, and the lock between runs and writes."""

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.layout import SHARD_BITS, capacity_for, shard_slices
from roarbase.engine.columns.exists import ExistsColumn
from roarbase.engine.kernels.port import WORD_BITS
from roarbase.engine.locks import FairLock
from roarbase.engine.names.id_index import IdIndex
from roarbase.engine.names.key_map import KeyMap
from roarbase.engine.names.target import Target
from roarbase.engine.tables.fields import Field, ReferenceField, make_field
from roarbase.engine.tables.watch import Watches
from roarbase.errors import ResourceNotFound
from roarbase.model.fields import FieldSpec, TableSpec

__all__ = ["Records", "Table"]

_FIRST_LENGTH = 4096

Records = IdIndex | KeyMap


class Table:
    """Records stand at positions 0, 1, ... in order of first write.

    A position is taken when a batch is assigned, and its record exists once the batch is applied.
    All buffers of a shard have the same capacity, so that a kernel can run over any of them together.

    Attributes:
        records: Ids or keys of the records by position; None while the kind is open.
        is_keyed: The kind as the schema tells it: settled by a change or an applied batch.
        exists: Which positions hold a record.
        targets: The uuids of the tables that fields refer to.
        extents: Positions in use by shard, int64, as kernels want them: multiples of 64.
        watches: Who reads the table piece by piece now, and must hear of writes.
        is_dropped: The table is no more: said under the lock, for those who come back to it.
    """

    def __init__(self, table_id: str, name: str, *, is_keyed: bool | None) -> None:
        self.id = table_id
        self.name = name
        self.is_keyed = is_keyed
        self.records: Records | None = None
        self.fields: dict[str, Field] = {}
        self.targets: frozenset[str] = frozenset()
        self.exists = ExistsColumn()
        self.extents = np.zeros(0, np.int64)
        self.lock = FairLock()
        self.watches = Watches()
        self.is_dropped = False
        self._capacities: list[int] = []
        if is_keyed is not None:
            self.choose_kind(is_keyed=is_keyed)

    def __len__(self) -> int:
        """How many positions are taken."""
        return 0 if self.records is None else len(self.records)

    @property
    def nbytes(self) -> int:
        """The size of all buffers."""
        records = 0 if self.records is None else self.records.nbytes
        return records + self.exists.nbytes + sum(field.nbytes for field in self.fields.values())

    @property
    def kind(self) -> bool | None:
        """Whether records are known by keys, as batches must have it: None while that is open.

        Ahead of `is_keyed` while a batch that decided it is assigned and not yet applied.
        """
        return None if self.records is None else isinstance(self.records, KeyMap)

    @property
    def spec(self) -> TableSpec:
        """The table as the schema tells it."""
        fields = dict(sorted(self.fields.items()))
        return TableSpec(
            id=self.id,
            name=self.name,
            is_keyed=self.is_keyed,
            fields={name: field.spec for name, field in fields.items()},
            field_ids={name: field.id for name, field in fields.items()},
        )

    def choose_kind(self, *, is_keyed: bool) -> Records:
        """Begin to number records by key or by id."""
        if self.records is None:
            kind = KeyMap if is_keyed else IdIndex
            self.records = kind(first_length=_FIRST_LENGTH)
        return self.records

    def as_target(self) -> Target:
        """The keys of a keyed table, for a field that refers to its records."""
        assert isinstance(self.records, KeyMap)
        return Target(self.id, self.records)

    # ---- fields --------------------------------------------------------------------------

    def add_field(self, field_id: str, spec: FieldSpec, target: "Table | None" = None) -> None:
        """Add an empty field with as much room as the others have.

        Args:
            target: The keyed table whose records it refers to.
        """
        field = make_field(field_id, spec, self.exists, None if target is None else target.as_target())
        for shard, capacity in enumerate(self._capacities):
            field.resize(shard, capacity)
        self.fields[spec.name] = field
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

    # ---- room ----------------------------------------------------------------------------

    def make_room(self, positions: Int64s) -> None:
        """Let every column have room for these positions."""
        for shard, where in shard_slices(positions):
            used = int(positions[where].max()) - (shard << SHARD_BITS) + 1
            self._reserve(shard)
            self.extents[shard] = max(int(self.extents[shard]), -(-used // WORD_BITS) * WORD_BITS)
            capacity = capacity_for(used)
            if capacity > self._capacities[shard]:
                self._resize(shard, capacity)

    def _reserve(self, shard: int) -> None:
        """Have all shards up to this one; those without a record keep the smallest room."""
        for number in range(len(self._capacities), shard + 1):
            self._capacities.append(0)
            self._resize(number, capacity_for(1))
        self.extents = np.pad(self.extents, (0, len(self._capacities) - len(self.extents)))

    def _resize(self, shard: int, capacity: int) -> None:
        self._capacities[shard] = capacity
        self.exists.resize(shard, capacity)
        for field in self.fields.values():
            field.resize(shard, capacity)
