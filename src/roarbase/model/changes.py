"""Changes to an engine other than batches: what may be asked of it, and what its log keeps.

Each is a tagged msgspec struct, so that the same value travels to the log and back.
Members may be added with defaults; none may change its meaning.
"""

from msgspec import Struct

from roarbase.model.fields import FieldSpec

__all__ = [
    "CreateField",
    "CreateTable",
    "CreateWholeTable",
    "DecideKeys",
    "DropField",
    "DropTable",
    "DropViews",
    "NewField",
    "SchemaChange",
]


class NewField(Struct, frozen=True, kw_only=True):
    """A field that comes with its table. `field_id` is unique within the engine and never reused."""

    field_id: str
    spec: FieldSpec


class CreateTable(Struct, frozen=True, kw_only=True, tag="create_table"):
    """Make an empty table. `is_keyed` None leaves the kind of its records open."""

    table: str
    name: str
    is_keyed: bool | None = None


class CreateWholeTable(CreateTable, frozen=True, kw_only=True, tag="create_whole_table"):
    """Make an empty table with fields. Not a member of CreateTable, which an older version would pass over."""

    fields: tuple[NewField, ...]


class DropTable(Struct, frozen=True, kw_only=True, tag="drop_table"):
    """Drop a table with all its records."""

    table: str


class DecideKeys(Struct, frozen=True, kw_only=True, tag="decide_keys"):
    """Settle whether the records of an open table are known by keys."""

    table: str
    is_keyed: bool


class CreateField(Struct, frozen=True, kw_only=True, tag="create_field"):
    """Add a field to a table that is there. `field_id` as in NewField."""

    table: str
    field_id: str
    spec: FieldSpec


class DropField(Struct, frozen=True, kw_only=True, tag="drop_field"):
    """Drop a field with its values."""

    table: str
    name: str


class DropViews(Struct, frozen=True, kw_only=True, tag="drop_views"):
    """Drop the calendar views of a time field that ended at or before a moment, in seconds since 1970.

    Whoever asks has read the clock. The log keeps the moment, so that replay drops the same views.
    """

    table: str
    field_id: str
    ended_by: int


SchemaChange = CreateTable | CreateWholeTable | DropTable | DecideKeys | CreateField | DropField | DropViews
