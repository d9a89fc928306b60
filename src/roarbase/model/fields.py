"""Fields and tables: what a table of an engine looks like."""

from dataclasses import dataclass, field
from enum import StrEnum

from roarbase.model.timestamps import timestamp_seconds

__all__ = [
    "INT64_MAX",
    "INT64_MIN",
    "MAXIMUM_DIMENSIONS",
    "MAXIMUM_ID",
    "MAXIMUM_LENGTH",
    "MAXIMUM_SCALE",
    "UNIT_OF_PLACES",
    "FieldSpec",
    "FieldType",
    "TableSpec",
]

INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1
MAXIMUM_ID = 2**64 - 2
"""The largest record or row id. 2^64-1 is reserved."""
MAXIMUM_SCALE = 18
MAXIMUM_DIMENSIONS = 4096
MAXIMUM_LENGTH = 2**28
_UNIT_PLACES = {"s": 0, "ms": 3, "us": 6, "ns": 9}
UNIT_OF_PLACES = {places: unit for unit, places in _UNIT_PLACES.items()}
"""The unit of a moment by how many places of a second it has."""


class FieldType(StrEnum):
    """How the values of a field are stored and asked for."""

    SET = "set"
    MUTEX = "mutex"
    BOOL = "bool"
    INT = "int"
    DECIMAL = "decimal"
    TIMESTAMP = "timestamp"
    TIME = "time"

    @property
    def has_rows(self) -> bool:
        """Values are rows (ids or keys), not numbers."""
        return self in (FieldType.SET, FieldType.MUTEX, FieldType.BOOL, FieldType.TIME)

    @property
    def is_multivalued(self) -> bool:
        """A record may hold several values."""
        return self in (FieldType.SET, FieldType.TIME)

    @property
    def is_number(self) -> bool:
        """Values are signed integers in the unit of the field, ordered."""
        return not self.has_rows


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldSpec:
    """A field: its name, type and options.

    Attributes:
        is_keyed: Rows are strings, translated to ids in order of first use from 1.
        scale: Decimal places kept, 0 to 18; only for decimal fields.
        minimum: Lowest number allowed, inclusive, as it is stored: of a decimal times 10^scale, of a
            timestamp in its unit since 1970, whatever its epoch (None: the 64-bit bound).
        maximum: Highest number allowed, inclusive, as it is stored.
        unit: What a timestamp field counts: "s", "ms", "us" or "ns".
        epoch: The moment from which whole numbers count that come for a timestamp field, RFC 3339 as it was given;
            empty is 1970.
        quantum: Calendar steps kept for a time field, such as "YMD"; empty otherwise.
        ttl: How long timed views are kept, in Go's duration form; empty keeps them.
        no_standard_view: A time field keeps its timed views only.
        foreign_index: The table whose records an int field refers to, by its name; empty: none.
        foreign_has_ids: That table knows its records by ids: the values are these, and numbers like others. The engine
            says so when it makes the field.
        dimensions: The strings of a mutex are vectors, JSON arrays of so many numbers; 0: they are any text.
        length: How many characters a string of a mutex may have; 0: any number.
        cache_type: Accepted for compatibility, without effect: "ranked", "lru", "none" or empty.
        cache_size: Accepted for compatibility, without effect.
    """

    name: str
    type: FieldType
    is_keyed: bool = False
    scale: int = 0
    minimum: int | None = None
    maximum: int | None = None
    unit: str = "s"
    quantum: str = ""
    ttl: str = ""
    cache_type: str = ""
    cache_size: int = 0
    epoch: str = ""
    no_standard_view: bool = False
    foreign_index: str = ""
    foreign_has_ids: bool = False
    dimensions: int = 0
    length: int = 0

    @property
    def is_reference(self) -> bool:
        """Values are record keys of another table."""
        return bool(self.foreign_index) and not self.foreign_has_ids

    @property
    def places(self) -> int:
        """How many decimals a stored number has: of a timestamp, which counts units, decimals of a second.

        >>> FieldSpec(name="seen", type=FieldType.TIMESTAMP, unit="ms").places
        3
        """
        return _UNIT_PLACES[self.unit] if self.type is FieldType.TIMESTAMP else self.scale

    @property
    def epoch_units(self) -> int:
        """How many of its units the epoch of a timestamp field is after 1970.

        >>> FieldSpec(name="seen", type=FieldType.TIMESTAMP, unit="ms", epoch="1970-01-01T00:01:00Z").epoch_units
        60000
        """
        seconds = timestamp_seconds(self.epoch) if self.epoch else None
        return int(seconds.scaleb(self.places)) if seconds else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class TableSpec:
    """A table as the engine knows it.

    Attributes:
        id: The table's uuid. A table dropped and made again gets another one.
        is_keyed: Records are known by string keys (True), by ids (False), or it is
            open until the first sink or write decides (None).
        fields: By name.
        field_ids: The uuids of the fields, by name. A field dropped and made again gets another one.
    """

    id: str
    name: str
    is_keyed: bool | None = None
    fields: dict[str, FieldSpec] = field(default_factory=dict)
    field_ids: dict[str, str] = field(default_factory=dict)
