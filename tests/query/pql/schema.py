"""The tables that the tests of PQL compile against."""

from roarbase.model.fields import FieldSpec, FieldType, TableSpec
from roarbase.model.schema import Schema

__all__ = ["EXAMPLE", "SCHEMA"]


def _table(name: str, *specs: FieldSpec, is_keyed: bool | None = False) -> TableSpec:
    return TableSpec(id=f"uuid-{name}", name=name, is_keyed=is_keyed, fields={spec.name: spec for spec in specs})


def _field(name: str, type_: FieldType, **options: object) -> FieldSpec:
    return FieldSpec(name=name, type=type_, **options)  # type: ignore[arg-type]


EXAMPLE = _table(
    "example",
    _field("species", FieldType.SET, is_keyed=True),
    _field("petals", FieldType.INT),
    _field("width", FieldType.DECIMAL, scale=2),
    _field("active", FieldType.BOOL),
    _field("seen", FieldType.TIME, quantum="YMD"),
    _field("at", FieldType.TIMESTAMP),
)
"""The table of docs/pql.md."""

_BIRDS = _table(
    "birds",
    _field("kind", FieldType.SET, is_keyed=True),
    _field("rings", FieldType.SET),
    _field("nest", FieldType.MUTEX, is_keyed=True),
    _field("site", FieldType.MUTEX),
    _field("tame", FieldType.BOOL),
    _field("eggs", FieldType.INT, minimum=0, maximum=20),
    _field("grams", FieldType.DECIMAL, scale=2),
    _field("heard", FieldType.TIMESTAMP),
    _field("heard_ms", FieldType.TIMESTAMP, unit="ms"),
    _field("hatched", FieldType.TIMESTAMP, epoch="2000-01-01T00:00:00Z"),
    _field("seen", FieldType.TIME, is_keyed=True, quantum="YMDH"),
    _field("seen_at", FieldType.TIME, quantum="D"),
    _field("plain", FieldType.SET, cache_type="none"),
)
_PEOPLE = _table("people", _field("likes", FieldType.SET, is_keyed=True), _field("age", FieldType.INT), is_keyed=True)
_SIGHTINGS = _table(
    "sightings",
    _field("by", FieldType.INT, foreign_index="people"),
    _field("site", FieldType.MUTEX),
    _field("bird", FieldType.INT, foreign_index="birds", foreign_has_ids=True),
)
_VISITS = _table("visits", _field("plant", FieldType.INT), _field("garden", FieldType.MUTEX, is_keyed=True))
_UNDECIDED = _table("undecided", _field("tag", FieldType.SET), is_keyed=None)

SCHEMA = Schema(version=1, tables={t.name: t for t in (_BIRDS, _PEOPLE, _SIGHTINGS, _UNDECIDED, _VISITS, EXAMPLE)})
