"""The types of SQL values, as errors name them, and which of them go together.

Checked before anything runs: numbers compare with numbers, strings with strings, bools with
bools. A set compares by its members: `tags = 'x'` asks whether x is one of them.
"""

from enum import StrEnum
from functools import lru_cache

from msgspec import Struct

from roarbase.model.fields import FieldSpec, FieldType, TableSpec

__all__ = ["Kind", "SqlType", "are_equatable", "record_type", "stored_type_of", "type_of"]


class Kind(StrEnum):
    """The kinds of values; the text is the type's name."""

    ID = "id"
    STRING = "string"
    IDSET = "idset"
    STRINGSET = "stringset"
    IDSETQ = "idsetq"
    STRINGSETQ = "stringsetq"
    BOOL = "bool"
    INT = "int"
    DECIMAL = "decimal"
    FLOAT = "float"
    TIMESTAMP = "timestamp"
    NULL = "void"
    TUPLE = "tuple"
    VECTOR = "vector"


_MEMBERS = {
    Kind.IDSET: Kind.ID,
    Kind.IDSETQ: Kind.ID,
    Kind.STRINGSET: Kind.STRING,
    Kind.STRINGSETQ: Kind.STRING,
}
_NUMBERS = (Kind.ID, Kind.INT, Kind.DECIMAL, Kind.FLOAT)


class SqlType(Struct, frozen=True):
    """A kind, and how many places its numbers have: of a timestamp, the decimals of a second.

    Of a vector, the scale is how many numbers it has. A tuple has the types of its parts, too.
    """

    kind: Kind
    scale: int = 0
    parts: "tuple[SqlType, ...]" = ()

    def __str__(self) -> str:
        if self.kind == Kind.TUPLE:
            return f"tuple({', '.join(map(str, self.parts))})"
        return f"{self.kind}({self.scale})" if self.kind in (Kind.DECIMAL, Kind.VECTOR) else str(self.kind)

    @property
    def is_number(self) -> bool:
        return self.kind in _NUMBERS

    @property
    def has_order(self) -> bool:
        """Whether `<` may stand between its values."""
        return self.is_number or self.kind == Kind.TIMESTAMP

    @property
    def is_set(self) -> bool:
        return self.kind in _MEMBERS

    @property
    def member(self) -> "SqlType":
        """The type of a set's members; any other type itself."""
        return SqlType(_MEMBERS[self.kind]) if self.is_set else self


@lru_cache(maxsize=4096)
def type_of(field: FieldSpec) -> SqlType:
    """The SQL type of a field.

    >>> str(type_of(FieldSpec(name="price", type=FieldType.DECIMAL, scale=2)))
    'decimal(2)'
    """
    return SqlType(Kind.VECTOR, field.dimensions) if field.dimensions else stored_type_of(field)


@lru_cache(maxsize=4096)
def stored_type_of(field: FieldSpec) -> SqlType:
    """The same, of a vector that of its text: the form of June 2022 knows no vectors."""
    rows = {
        FieldType.MUTEX: (Kind.ID, Kind.STRING),
        FieldType.SET: (Kind.IDSET, Kind.STRINGSET),
        FieldType.TIME: (Kind.IDSETQ, Kind.STRINGSETQ),
    }
    if field.is_reference:
        return SqlType(Kind.STRING)
    if field.type in rows:
        return SqlType(rows[field.type][field.is_keyed])
    return SqlType(Kind(field.type.value), field.places)


def record_type(table: TableSpec) -> SqlType:
    """The type of `_id`. A table that has not decided yet has no records; its ids count as numbers."""
    return SqlType(Kind.STRING if table.is_keyed else Kind.ID)


def are_equatable(left: SqlType, right: SqlType) -> bool:
    """Whether `=` and IN may stand between values of the two types, sets taken by member."""
    left, right = left.member, right.member
    if Kind.NULL in (left.kind, right.kind):
        return True
    return left.kind == right.kind or (left.is_number and right.is_number)
