"""One table: its records, its fields, and how much room its shards have."""

import numpy as np

from roarbase.engine.bitmap.columns.exists import ExistsColumn
from roarbase.engine.bitmap.fields import Field, NumberField, RowField, make_field
from roarbase.engine.bitmap.layout import SHARD_BITS, Int64s, capacity_for, shard_slices
from roarbase.engine.kernels.port import SHARD_POSITIONS, WORD_BITS
from roarbase.engine.plain.table import Table
from roarbase.model.fields import FieldSpec

__all__ = ["BitmapTable"]


class BitmapTable(Table):
    """Records stand at positions 0, 1, ... in order of first write.

    All buffers of a shard have the same capacity, so that a kernel can run over any of them
    together.

    Attributes:
        exists: Which positions hold a record.
        extents: Positions in use by shard, int64, as kernels want them: multiples of 64.
    """

    exists: ExistsColumn

    def __init__(self, table_id: str, name: str, *, is_keyed: bool | None) -> None:
        super().__init__(table_id, name, is_keyed=is_keyed, width=SHARD_POSITIONS)
        self.exists = ExistsColumn()
        self.extents = np.zeros(0, np.int64)
        self._capacities: list[int] = []

    def add_field(self, field_id: str, spec: FieldSpec) -> None:
        """Add an empty field with as much room as the others have."""
        field = make_field(field_id, spec, self.exists)
        for shard, capacity in enumerate(self._capacities):
            field.column.resize(shard, capacity)
            field.bitmaps.resize(shard, capacity)
        self.fields[spec.name] = field

    def columns(self) -> list[Field]:
        """The fields, known by their columns' kinds."""
        return [field for field in self.fields.values() if isinstance(field, NumberField | RowField)]

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
        for field in self.columns():
            field.column.resize(shard, capacity)
            field.bitmaps.resize(shard, capacity)
