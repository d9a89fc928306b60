"""One table: its records, its fields, and the lock between runs and writes."""

import numpy as np

from roarbase.engine.locks import FairLock
from roarbase.engine.plain.arrays import Int64s, Mask, ShardedArray
from roarbase.engine.plain.field import Field, make_field
from roarbase.engine.plain.names.id_index import IdIndex
from roarbase.engine.plain.names.key_map import KeyMap
from roarbase.errors import ResourceNotFound
from roarbase.model.fields import FieldSpec, TableSpec

__all__ = ["Records", "Table"]

_FIRST_LENGTH = 4096

Records = IdIndex | KeyMap


class Table:
    """Records stand at positions 0, 1, ... in order of first write.

    A position is taken when a batch is assigned, and its record exists once the batch is applied.

    Attributes:
        records: Ids or keys of the records by position; None while the kind is open.
        is_keyed: The kind as the schema tells it: settled by a change or an applied batch.
        exists: Which positions hold a record.
    """

    def __init__(self, table_id: str, name: str, *, is_keyed: bool | None, width: int) -> None:
        self.id = table_id
        self.name = name
        self.is_keyed = is_keyed
        self.records: Records | None = None
        self.fields: dict[str, Field] = {}
        self.exists: ShardedArray[np.bool_] = ShardedArray(np.bool_, width)
        self.lock = FairLock()
        self._width = width
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
        fields = {name: field.spec for name, field in sorted(self.fields.items())}
        return TableSpec(id=self.id, name=self.name, is_keyed=self.is_keyed, fields=fields)

    def choose_kind(self, *, is_keyed: bool) -> Records:
        """Begin to number records by key or by id."""
        if self.records is None:
            if is_keyed:
                self.records = KeyMap(first_length=_FIRST_LENGTH)
            else:
                self.records = IdIndex(width=self._width, first_length=_FIRST_LENGTH)
        return self.records

    def existing(self) -> Mask:
        """Which of the taken positions hold a record."""
        return self.exists.whole(len(self))

    def add_field(self, field_id: str, spec: FieldSpec) -> None:
        self.fields[spec.name] = make_field(field_id, spec, self._width)

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

    def record_names(self, positions: Int64s) -> list[int | str]:
        """The ids or keys of the records at these positions."""
        if self.records is None:
            return []
        if isinstance(self.records, KeyMap):
            return [*self.records.keys_at(positions)]
        ids: list[int | str] = self.records.ids_at(positions).tolist()
        return ids
