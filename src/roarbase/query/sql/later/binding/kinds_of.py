"""Types by their names, of fields, and which go together."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from roarbase.model.fields import MAXIMUM_DIMENSIONS, MAXIMUM_LENGTH, MAXIMUM_SCALE
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.syntax import TypeName
from roarbase.query.sql.later.tree import Apply, Expr, Literal, Value

__all__ = [
    "SET_KINDS",
    "VARCHAR",
    "are_comparable",
    "at_scale",
    "is_null",
    "like_set",
    "one_scale",
    "one_set",
    "plain_set",
    "read_column_type",
    "read_type",
    "typed_null",
    "vector_numbers",
    "vector_of",
    "vector_type",
]

SET_KINDS = {
    Kind.IDSET: Kind.IDSET,
    Kind.IDSETQ: Kind.IDSET,
    Kind.STRINGSET: Kind.STRINGSET,
    Kind.STRINGSETQ: Kind.STRINGSET,
}
_NAMED = {
    kind.value: kind
    for kind in (
        *(Kind.ID, Kind.STRING, Kind.IDSET, Kind.STRINGSET, Kind.IDSETQ, Kind.STRINGSETQ, Kind.BOOL, Kind.INT),
        *(Kind.DECIMAL, Kind.TIMESTAMP, Kind.VECTOR),
    )
}
_OF_VECTORS = (Kind.ID, Kind.INT, Kind.DECIMAL)
VARCHAR = "varchar"
"""A string of limited length: a type of columns, whose values are strings."""


def read_type(binding: Binding, name: TypeName, *, needs_scale: bool = True) -> SqlType:
    """The type of a name.

    Raises:
        StatementError: There is none, or a decimal lacks its scale.
    """
    kind = _NAMED.get(name.text)
    if kind == Kind.VECTOR:
        return SqlType(kind, _size(binding, name, MAXIMUM_DIMENSIONS))
    if kind is None:
        raise binding.error(name.at, f"unknown type '{name.text[:60]}'")
    if kind != Kind.DECIMAL:
        if name.scale is not None:
            raise binding.error(name.at, f"type '{name.text}' has no scale")
        return SqlType(kind, 9 if kind == Kind.TIMESTAMP else 0)
    if name.scale is None and needs_scale:
        raise binding.error(name.at, "decimal scale expected")
    scale = name.scale or 0
    if not 0 <= scale <= MAXIMUM_SCALE:
        raise binding.error(name.at, f"invalid value '{scale}' for decimal scale (0 to {MAXIMUM_SCALE})")
    return SqlType(kind, scale)


def read_column_type(binding: Binding, name: TypeName) -> tuple[SqlType, int]:
    """The type of a name where a column is defined, and of a varchar the most characters, else 0.

    Raises:
        StatementError: As `read_type`; or a size is missing, or out of range.
    """
    if name.text != VARCHAR:
        return read_type(binding, name), 0
    return SqlType(Kind.STRING), _size(binding, name, MAXIMUM_LENGTH)


def _size(binding: Binding, name: TypeName, most: int) -> int:
    if name.scale is None:
        raise binding.error(name.at, f"{name.text} size expected")
    if not 1 <= name.scale <= most:
        raise binding.error(name.at, f"invalid value '{name.scale}' for {name.text} size (1 to {most})")
    return name.scale


def plain_set(kind: SqlType) -> SqlType:
    """A set type without its times; any other type itself."""
    return SqlType(SET_KINDS[kind.kind]) if kind.kind in SET_KINDS else kind


def vector_type(kind: SqlType) -> SqlType | None:
    """The type of a tuple of numbers as a vector; None if it is none."""
    if kind.kind != Kind.TUPLE or not all(part.kind in _OF_VECTORS for part in kind.parts):
        return None
    return SqlType(Kind.VECTOR, len(kind.parts))


def vector_of(literal: Expr) -> Expr | None:
    """A tuple of numbers as a vector; None if it is none, or not a literal."""
    kind = vector_type(literal.type)
    if kind is None or not isinstance(literal, Literal) or not isinstance(literal.value, tuple):
        return None
    return Literal(kind, vector_numbers(literal.type, literal.value))


def vector_numbers(kind: SqlType, values: Sequence[Any]) -> tuple[float, ...]:
    """The values of a tuple of numbers as numbers of a vector."""
    return tuple(value / 10**part.scale for value, part in zip(values, kind.parts, strict=True))


def is_null(expression: Expr) -> bool:
    """Whether an expression is the literal null."""
    return isinstance(expression, Literal) and expression.type.kind == Kind.NULL


def typed_null(expression: Expr, kind: SqlType) -> Expr:
    """The expression, the literal null as one of a type."""
    return Literal(kind, None) if is_null(expression) else expression


def like_set(expression: Expr, kind: SqlType) -> Expr:
    """The expression, the literal `[]` as a set like those of a type: it says not of what it is empty."""
    is_empty = isinstance(expression, Literal) and expression.value == ()
    return Literal(plain_set(kind), ()) if is_empty and kind.is_set else expression


def one_set(*expressions: Expr) -> tuple[Expr, ...]:
    """Expressions, literals `[]` among them as sets like the others."""
    kind = next((e.type for e in expressions if e.type.is_set and not (isinstance(e, Literal) and e.value == ())), None)
    return expressions if kind is None else tuple(like_set(e, kind) for e in expressions)


def are_comparable(left: SqlType, right: SqlType) -> bool:
    """Whether `=` may stand between values of two types. Sets are equal as wholes."""
    if Kind.NULL in (left.kind, right.kind):
        return True
    if left.kind == Kind.VECTOR:
        return left == right
    return plain_set(left).kind == plain_set(right).kind or (left.is_number and right.is_number)


def at_scale(expression: Expr, scale: int) -> Expr:
    """A number, or a moment, in units as fine as these; it is not finer."""
    kind = expression.type
    more = scale - kind.scale
    if more == 0 or is_null(expression):
        return expression
    finer = replace(kind, kind=Kind.TIMESTAMP if kind.kind == Kind.TIMESTAMP else Kind.DECIMAL, scale=scale)
    if isinstance(expression, Literal):
        value: Value = None if expression.value is None else int(expression.value) * 10**more  # type: ignore[arg-type]
        return Literal(finer, value)
    return Apply(finer, "rescale", (expression, Literal(SqlType(Kind.DECIMAL), 10**more)))


def one_scale(*expressions: Expr) -> tuple[Expr, ...]:
    """Numbers, or moments, in the finest units that any of them has; everything else as it is."""
    if not all(e.type.is_number or e.type.kind in (Kind.TIMESTAMP, Kind.NULL) for e in expressions):
        return expressions
    scale = max(e.type.scale for e in expressions)
    return tuple(at_scale(e, scale) for e in expressions)
