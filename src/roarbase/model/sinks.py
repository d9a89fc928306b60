"""Sinks: ingest endpoints bound to one table and one record schema."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from roarbase.model.fields import FieldSpec
from roarbase.model.time_forms import TimeForm

__all__ = ["RECORD_TIME", "Definition", "RecordError", "RecordSchema", "Sink", "SinkStatus", "Verdicts"]

RECORD_TIME = "recordTime"
"""The ingest type of a record's time: it is stored in no field, and says in which views rows go."""


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
        type: The ingest type: id, ids, string, strings, bool, int, decimal, timestamp, dateInt, recordTime.
        spec: The field it feeds; of a record's time, which feeds none, what it would be.
        time: How its values write moments, if they are moments.
    """

    name: str
    path: tuple[str, ...]
    type: str
    spec: FieldSpec
    time: TimeForm | None = None


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
        """The definitions that become fields: all but the record's time, the id field, or a sole string key field."""
        definitions = tuple(d for d in self.definitions if d.type != RECORD_TIME)
        if self.id_field is not None:
            return tuple(d for d in definitions if d.name != self.id_field)
        if len(self.primary_key_fields) == 1:
            name = self.primary_key_fields[0]
            return tuple(d for d in definitions if d.name != name or d.type != "string")
        return definitions


@dataclass(frozen=True, kw_only=True, slots=True)
class Sink:
    """A sink at rest.

    Attributes:
        table: The name of the table it feeds; `table_id` its uuid.
        declaration: The `schema` member as the user sent it, with the types that it left to the table.
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

    @property
    def told(self) -> str:
        """Its name where it stands in somebody's way; one that is going already needs only be waited for."""
        return repr(self.name) + (f" ({self.status})" if self.status == SinkStatus.DELETING else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordError:
    """Why one record was not taken: a code of the error tree and a sentence."""

    code: str
    message: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdicts:
    """What became of each record of a request. Iterating gives one entry per record, in order:
    None for a record that was taken, else its error.

    >>> list(Verdicts(record_count=2, errors={1: RecordError(code="InvalidBody", message="bad")}))[0] is None
    True
    """

    record_count: int
    errors: Mapping[int, RecordError] = field(default_factory=dict)

    @property
    def success_count(self) -> int:
        return self.record_count - len(self.errors)

    @property
    def error_count(self) -> int:
        return len(self.errors)

    def __iter__(self) -> Iterator[RecordError | None]:
        return (self.errors.get(index) for index in range(self.record_count))
