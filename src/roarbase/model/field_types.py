"""The names that a field's type goes by: how it is stored, and what SQL calls it."""

from dataclasses import dataclass

from roarbase.model.fields import FieldType

__all__ = ["TYPE_NAMES", "TypeName", "names_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeName:
    """One name.

    Attributes:
        is_keyed: Whether rows are strings; None where the option `keys` says it.
        is_sql: The name is SQL's alone, for a type that has another name too.
    """

    name: str
    type: FieldType
    sentence: str
    is_keyed: bool | None = False
    is_sql: bool = True


def _stored(kind: FieldType, sentence: str, *, is_keyed: bool | None = False) -> TypeName:
    return TypeName(name=kind.value, type=kind, sentence=sentence, is_keyed=is_keyed, is_sql=False)


TYPE_NAMES: dict[str, TypeName] = {
    row.name: row
    for row in (
        _stored(FieldType.SET, "Any number of rows per record: ids, or strings with `keys`.", is_keyed=None),
        _stored(FieldType.MUTEX, "One row per record: a new one replaces the old.", is_keyed=None),
        _stored(FieldType.BOOL, "True or false."),
        _stored(FieldType.INT, "A signed 64-bit integer."),
        _stored(FieldType.DECIMAL, "A number with `scale` decimals, kept exactly."),
        _stored(FieldType.TIMESTAMP, "A moment, as fine as `timeUnit` says."),
        _stored(FieldType.TIME, "A set that also keeps when a record got each row, by `timeQuantum`.", is_keyed=None),
        TypeName(name="id", type=FieldType.MUTEX, sentence="SQL's name for a mutex of ids."),
        TypeName(name="string", type=FieldType.MUTEX, is_keyed=True, sentence="SQL's name for a mutex of strings."),
        TypeName(name="idset", type=FieldType.SET, sentence="SQL's name for a set of ids."),
        TypeName(name="stringset", type=FieldType.SET, is_keyed=True, sentence="SQL's name for a set of strings."),
        TypeName(name="idsetq", type=FieldType.TIME, sentence="SQL's name for a time field of ids."),
        TypeName(
            name="stringsetq", type=FieldType.TIME, is_keyed=True, sentence="SQL's name for a time field of strings."
        ),
    )
}
"""All of them, by name."""


def names_of(types: tuple[FieldType, ...]) -> str:
    """Types in words, each with its names in SQL where those differ.

    >>> names_of((FieldType.INT, FieldType.TIME))
    'int, time (idsetq, stringsetq)'
    """

    def one(kind: FieldType) -> str:
        others = ", ".join(row.name for row in TYPE_NAMES.values() if row.type == kind and row.is_sql)
        return f"{kind} ({others})" if others else str(kind)

    return ", ".join(map(one, types))
