"""Literals: numbers exact, strings, true, false, null."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from sqlglot import exp

from roarbase.model.fields import INT64_MAX
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.source import Source
from roarbase.query.sql.tree import Value

__all__ = ["MAXIMUM_DIGITS", "Literal", "read_literal", "whole_number"]

MAXIMUM_DIGITS = 1000
"""More characters than this make no number; the widest field holds 19 digits."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written in the statement. `value` None is null."""

    value: Value | None
    type: SqlType


def read_literal(source: Source, node: exp.Expr) -> Literal | None:
    """The literal that a node is, or None if it is something else.

    A name in double quotes is no literal here: only the caller knows whether a value stands there.
    """
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return Literal(node.this, SqlType(Kind.STRING)) if node.is_string else _number(source, node, node.this)
    if isinstance(node, exp.Neg):
        inner = node.this.unnest()
        if isinstance(inner, exp.Literal) and not inner.is_string:
            return _number(source, inner, "-" + inner.this)
    if isinstance(node, exp.Boolean):
        return Literal(bool(node.this), SqlType(Kind.BOOL))
    if isinstance(node, exp.Null):
        return Literal(None, SqlType(Kind.NULL))
    return None


def whole_number(source: Source, node: exp.Expr, clause: str) -> int:
    """The count that LIMIT and OFFSET take.

    Raises:
        StatementError: It is no number from 0, written out.
    """
    literal = read_literal(source, node)
    value = literal.value if literal is not None else None
    if not isinstance(value, Decimal) or value < 0 or value != value.to_integral_value():
        raise source.error(node, f"{clause} takes a whole number from 0")
    return int(min(value, Decimal(INT64_MAX)))  # no table holds more records; 1e999999 is not written out


def _number(source: Source, node: exp.Expr, text: str) -> Literal:
    if len(text) > MAXIMUM_DIGITS:
        raise source.error(node, f"a number of {len(text)} digits is longer than the {MAXIMUM_DIGITS} that are read")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise source.error(node, f"{text!r} is no number") from None
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < 0:
        return Literal(value, SqlType(Kind.DECIMAL, -exponent))
    return Literal(value, SqlType(Kind.INT))
