"""Tables as users see them: the engine's schema with the words around it."""

from dataclasses import dataclass
from datetime import datetime

from roarbase.model.fields import FieldSpec, TableSpec

__all__ = ["FieldView", "TableRecord", "TableView"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TableRecord:
    """What the metastore keeps of the engine table with the uuid `id`: description and owner."""

    id: str
    deployment_id: str
    name: str
    description: str
    owner: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TableView:
    """A table with its fields, as the engine holds them now."""

    record: TableRecord
    spec: TableSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldView:
    """A field of a table, with the uuid that no other field ever has."""

    id: str
    spec: FieldSpec

    @staticmethod
    def all_of(table: TableSpec) -> "list[FieldView]":
        """The fields of a table by name."""
        return [FieldView(id=table.field_ids[name], spec=spec) for name, spec in sorted(table.fields.items())]
