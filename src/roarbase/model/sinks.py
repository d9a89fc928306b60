"""Sinks: ingest endpoints bound to one table and one record schema."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from roarbase.model.fields import FieldSpec

__all__ = ["Definition", "RecordSchema", "Sink", "SinkStatus"]


class SinkStatus(StrEnum):
    """CREATING -> RUNNING -> DELETING -> gone; FAILED if its fields could not be made."""

    CREATING = "CREATING"
    RUNNING = "RUNNING"
    DELETING = "DELETING"
    FAILED = "FAILED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """How one JSON path of a record becomes a typed value.

    Attributes:
        name: The field's name, and what `id_field` and `primary_key_fields` refer to.
        path: Object keys from the record's value inwards; never empty.
        type: The ingest type: id, ids, string, strings, bool, int, decimal.
        spec: The field it feeds.
    """

    name: str
    path: tuple[str, ...]
    type: str
    spec: FieldSpec


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordSchema:
    """A sink's schema, checked. Exactly one of `id_field` and `primary_key_fields` is set."""

    definitions: tuple[Definition, ...]
    id_field: str | None = None
    primary_key_fields: tuple[str, ...] = ()
    allow_missing_fields: bool = False

    @property
    def is_keyed(self) -> bool:
        """Records are known by string keys."""
        return self.id_field is None

    @property
    def stored(self) -> tuple[Definition, ...]:
        """The definitions that become fields: all but the id field, or a sole string key field."""
        if self.id_field is not None:
            return tuple(d for d in self.definitions if d.name != self.id_field)
        if len(self.primary_key_fields) == 1:
            name = self.primary_key_fields[0]
            return tuple(d for d in self.definitions if d.name != name or d.type != "string")
        return self.definitions


@dataclass(frozen=True, kw_only=True, slots=True)
class Sink:
    """A sink at rest.

    Attributes:
        table: The name of the table it feeds; `table_id` its uuid.
        declaration: The `schema` member as the user sent it, for showing it again.
    """

    id: str
    organization_id: str
    deployment_id: str
    name: str
    table: str
    table_id: str
    status: SinkStatus
    owner: str
    created_at: datetime
    updated_at: datetime
    declaration: dict[str, object] = field(default_factory=dict)
    reason: str = ""
