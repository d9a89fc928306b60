"""Tables as users see them: the engine's schema with the words around it."""

from dataclasses import dataclass
from datetime import datetime

from roarbase.model.fields import TableSpec

__all__ = ["TableRecord", "TableView"]


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
