"""Operators: what they take, what they give, and how operands are brought to one scale."""

from collections.abc import Sequence

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.kinds_of import are_comparable, is_null, one_scale, one_set
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.converting import moment_of_text
from roarbase.query.sql.later.operations.arithmetic import ZERO_DIVISOR
from roarbase.query.sql.later.tree import BOOL, ID, INT, STRING, Apply, Column, Expr, ExprIn, Literal
from roarbase.query.sql.later.walking import has_more_parts

__all__ = ["binary", "check_repeated", "compared", "has_order", "in_list", "moment_literal", "ranged", "ready", "unary"]

_ARITHMETIC = ("+", "-", "*", "/")
_WHOLE = ("%", "&", "|", "<<", ">>")
_ORDERS = ("<", "<=", ">", ">=")
_NUMBERS = (Kind.INT, Kind.ID, Kind.DECIMAL, Kind.NULL)

_LONG = 5
"""So many literals are looked up by DuckDB; of fewer, it writes out a comparison with each."""
_MOST_COMPARED = 20_000
"""Expressions that an operand may come to where each of several values is compared with it anew."""
_SHORT = 8
"""Of so many expressions it may be compared with any number of values."""


def has_order(kind: SqlType) -> bool:
    """Whether `<` may stand between values of a type."""
    return kind.has_order or kind.kind == Kind.NULL


def unary(binding: Binding, at: int, operator: str, operand: Expr) -> Expr:
    """`-`, `+`, `!` or NOT before an operand."""
    kind = operand.type
    allowed = {"NOT": (Kind.BOOL, Kind.NULL), "!": (Kind.INT, Kind.ID, Kind.NULL)}.get(operator, _NUMBERS)
    if kind.kind not in allowed:
        raise _incompatible(binding, at, operator, kind)
    if operator == "NOT":
        return Apply(BOOL, "NOT", (operand,))
    if operator == "!":
        return Apply(_or_int(kind), "complement", (operand,))
    signed = INT if kind.kind in (Kind.ID, Kind.NULL) else kind
    if operator == "-":
        if isinstance(operand, Literal) and isinstance(operand.value, int):
            return Literal(signed, -operand.value)
        return Apply(signed, "negate", (operand,))
    return Apply(signed, "+", (operand, Literal(signed, 0))) if kind.kind == Kind.ID else operand


def binary(binding: Binding, at: int, operator: str, left: Expr, right: Expr) -> Expr:
    """An operator between two operands."""
    if operator in ("AND", "OR"):
        _check(binding, at, operator, (left, right), (Kind.BOOL, Kind.NULL))
        return Apply(BOOL, operator, (left, right))
    if operator in _ARITHMETIC:
        _check(binding, at, operator, (left, right), _NUMBERS)
        return _arithmetic(binding, at, operator, left, right)
    if operator in _WHOLE:
        _check(binding, at, operator, (left, right), (Kind.INT, Kind.ID, Kind.NULL))
        _check_divisor(binding, at, operator, right)
        return Apply(_whole_type(left.type, right.type), operator, (left, right))
    if operator == "||":
        _check(binding, at, operator, (left, right), (Kind.STRING, Kind.NULL))
        return Apply(STRING, "||", (left, right))
    if operator in ("LIKE", "NOTLIKE"):
        _check(binding, at, operator, (left, right), (Kind.STRING, Kind.NULL))
        liked = Apply(BOOL, "LIKE", (left, right))
        return Apply(BOOL, "NOT", (liked,)) if operator == "NOTLIKE" else liked
    return compared(binding, at, operator, left, right)


def compared(binding: Binding, at: int, operator: str, left: Expr, right: Expr) -> Expr:
    """A comparison. Beside a moment, a literal string stands for one."""
    left, right = one_set(ready(binding, at, left, right), ready(binding, at, right, left))
    if operator in _ORDERS:
        for side in (left, right):
            if not has_order(side.type):
                raise _incompatible(binding, at, operator, side.type)
    if not are_comparable(left.type, right.type):
        raise binding.error(at, f"types '{left.type}' and '{right.type}' are not equatable")
    return Apply(BOOL, operator, one_scale(left, right))


def ready(binding: Binding, at: int, operand: Expr, beside: Expr) -> Expr:
    """An operand; beside a moment, a literal string as the moment that it says.

    Raises:
        StatementError: It says none.
    """
    if beside.type.kind != Kind.TIMESTAMP or not isinstance(operand, Literal) or not isinstance(operand.value, str):
        return operand
    ns = moment_of_text(operand.value)
    if ns is None:
        raise binding.error(at, f"unable to convert '{operand.value[:60]}' to type 'timestamp'")
    return moment_literal(ns)


def moment_literal(ns: int) -> Literal:
    """A moment in the coarsest unit that says it."""
    scale = 9
    while scale and ns % 10 == 0:
        ns, scale = ns // 10, scale - 1
    return Literal(SqlType(Kind.TIMESTAMP, scale), ns)


def check_repeated(binding: Binding, at: int, operand: Expr, times: int) -> None:
    """Raise if an operand that is compared so many times, and may be in others that are, comes to too much."""
    if has_more_parts(operand, max(_MOST_COMPARED // times, _SHORT)):
        raise binding.error(at, f"an operand is too long to be compared with each of {times} values")


def ranged(binding: Binding, at: int, operand: Expr, low: Expr, high: Expr, *, is_negated: bool) -> Expr:
    """BETWEEN, both ends included."""
    low, high = ready(binding, at, low, operand), ready(binding, at, high, operand)
    for side in (operand, low, high):
        if not has_order(side.type):
            raise binding.error(at, f"type '{side.type}' cannot be used as a range subscript")
    for side in (low, high):
        if not are_comparable(operand.type, side.type):
            raise binding.error(at, f"types '{operand.type}' and '{side.type}' are not equatable")
    check_repeated(binding, at, operand, 2)
    inside = Apply(
        BOOL,
        "AND",
        (Apply(BOOL, ">=", one_scale(operand, low)), Apply(BOOL, "<=", one_scale(operand, high))),
    )
    return Apply(BOOL, "NOT", (inside,)) if is_negated else inside


def in_list(binding: Binding, at: int, operand: Expr, items: tuple[Expr, ...], *, is_negated: bool) -> Expr:
    """IN with a list."""
    operand, *found = one_set(operand, *(ready(binding, at, item, operand) for item in items))
    items = tuple(found)
    for item in items:
        if not are_comparable(operand.type, item.type):
            raise binding.error(at, f"types '{operand.type}' and '{item.type}' are not equatable")
    operand, *scaled = one_scale(operand, *items)
    if _is_looked_up(operand, scaled):
        return ExprIn(operand, tuple(scaled), is_negated)
    check_repeated(binding, at, operand, len(items))
    equal = tuple(Apply(BOOL, "=", (operand, item)) for item in scaled)
    is_one = Apply(BOOL, "OR", equal) if len(equal) > 1 else equal[0]
    return Apply(BOOL, "NOT", (is_one,)) if is_negated else is_one


def _is_looked_up(operand: Expr, items: Sequence[Expr]) -> bool:
    """Whether a value is looked up in a list; else it is compared with each, as DuckDB writes short lists out, too."""
    if operand.type.is_set:
        return False
    if len(items) < _LONG:
        return isinstance(operand, Column | Literal) or (isinstance(operand, Apply) and operand.operation == "rescale")
    return all(isinstance(item, Literal) for item in items)


# ---- arithmetic ----------------------------------------------------------------------------


def _arithmetic(binding: Binding, at: int, operator: str, left: Expr, right: Expr) -> Expr:
    _check_divisor(binding, at, operator, right)
    kind = _number_type(left.type, right.type)
    if operator in ("+", "-"):
        return Apply(kind, operator, one_scale(left, right))
    wide = SqlType(Kind.DECIMAL) if kind.kind == Kind.DECIMAL else kind
    if operator == "*":
        too_much = left.type.scale + right.type.scale - kind.scale
        return Apply(kind, "*", (left, right, Literal(wide, 10**too_much)))
    # units of the quotient: left / 10^ls divided by right / 10^rs, times 10^scale
    factor = kind.scale - left.type.scale + right.type.scale
    return Apply(kind, "/", (left, right, Literal(wide, 10**factor)))


def _number_type(left: SqlType, right: SqlType) -> SqlType:
    if Kind.DECIMAL in (left.kind, right.kind):
        return SqlType(Kind.DECIMAL, max(left.scale, right.scale))
    return _whole_type(left, right)


def _whole_type(left: SqlType, right: SqlType) -> SqlType:
    kinds = {left.kind, right.kind} - {Kind.NULL}
    return ID if kinds == {Kind.ID} else INT


def _or_int(kind: SqlType) -> SqlType:
    return INT if kind.kind == Kind.NULL else kind


def _check_divisor(binding: Binding, at: int, operator: str, divisor: Expr) -> None:
    if operator in ("/", "%") and isinstance(divisor, Literal) and divisor.value == 0 and not is_null(divisor):
        raise binding.error(at, ZERO_DIVISOR)


def _check(binding: Binding, at: int, operator: str, sides: tuple[Expr, Expr], kinds: tuple[Kind, ...]) -> None:
    for side in sides:
        if side.type.kind not in kinds:
            raise _incompatible(binding, at, operator, side.type)


def _incompatible(binding: Binding, at: int, operator: str, kind: SqlType) -> Exception:
    return binding.error(at, f"operator '{operator}' incompatible with type '{kind}'")
