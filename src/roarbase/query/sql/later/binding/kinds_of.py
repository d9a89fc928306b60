"""Types by their names, of fields, and which go together."""

from dataclasses import replace

from roarbase.model.fields import MAXIMUM_SCALE
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.syntax import TypeName
from roarbase.query.sql.later.tree import Apply, Expr, Literal, Value

__all__ = [
    "SET_KINDS",
    "are_comparable",
    "at_scale",
    "is_null",
    "like_set",
    "one_scale",
    "one_set",
    "plain_set",
    "read_type",
    "typed_null",
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
        *(Kind.DECIMAL, Kind.TIMESTAMP),
    )
}


def read_type(binding: Binding, name: TypeName, *, needs_scale: bool = True) -> SqlType:
    """The type of a name.

    Raises:
        StatementError: There is none, or a decimal lacks its scale.
    """
    kind = _NAMED.get(name.text)
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


def plain_set(kind: SqlType) -> SqlType:
    """A set type without its times; any other type itself."""
    return SqlType(SET_KINDS[kind.kind]) if kind.kind in SET_KINDS else kind


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
