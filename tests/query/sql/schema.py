"""The tables that the tests of SQL compile against."""

from roarbase.model.fields import FieldSpec, FieldType, TableSpec
from roarbase.model.schema import Schema

__all__ = ["FLOWERS", "SCHEMA"]


def _table(name: str, *specs: FieldSpec, is_keyed: bool | None = False) -> TableSpec:
    return TableSpec(id=f"uuid-{name}", name=name, is_keyed=is_keyed, fields={spec.name: spec for spec in specs})


def _field(name: str, type_: FieldType, **options: object) -> FieldSpec:
    return FieldSpec(name=name, type=type_, **options)  # type: ignore[arg-type]


FLOWERS = _table(
    "flowers",
    _field("species", FieldType.MUTEX, is_keyed=True),
    _field("grower", FieldType.MUTEX),
    _field("colors", FieldType.SET, is_keyed=True),
    _field("plots", FieldType.SET),
    _field("petals", FieldType.INT),
    _field("width", FieldType.DECIMAL, scale=2),
    _field("wild", FieldType.BOOL),
)
"""The table of docs/sql-2022.md."""

_SHEDS = _table(
    "garden-sheds",
    _field("un-kept", FieldType.BOOL),
    _field("size", FieldType.INT),
    _field("count", FieldType.INT),
    _field("built", FieldType.TIMESTAMP),
    _field("visited", FieldType.TIME, is_keyed=True, quantum="YMD"),
    _field("visits", FieldType.TIME, quantum="YMD"),
)
_PEOPLE = _table("people", _field("age", FieldType.INT), is_keyed=True)
_ORDERS = _table(
    "orders", _field("buyer", FieldType.INT, foreign_index="people"), _field("sum", FieldType.DECIMAL, scale=2)
)
_LABELS = _table(
    "labels",
    _field("flower", FieldType.INT),
    _field("size", FieldType.INT),
    _field("color", FieldType.MUTEX, is_keyed=True),
)
_UNDECIDED = _table("undecided", is_keyed=None)

SCHEMA = Schema(version=1, tables={t.name: t for t in (FLOWERS, _SHEDS, _PEOPLE, _ORDERS, _LABELS, _UNDECIDED)})
