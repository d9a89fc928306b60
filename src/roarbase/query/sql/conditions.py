"""Conditions: the tree under WHERE or HAVING to typed conditions, types checked.

What an operand may be (a field, a group's key, an aggregate) is the caller's matter; it gives
the function that reads one.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal

from sqlglot import exp

from roarbase.engine.plan import TimeRange
from roarbase.errors import StatementError
from roarbase.model.timestamps import timestamp_seconds
from roarbase.query.sql.kinds import Kind, SqlType, are_equatable
from roarbase.query.sql.literals import Literal, read_literal
from roarbase.query.sql.names import RECORD_ID
from roarbase.query.sql.source import Source, shown
from roarbase.query.sql.times import asks_among_others, has_times, narrowed, second_or_none
from roarbase.query.sql.tree import (
    And,
    Condition,
    Constant,
    Field,
    IsNull,
    Like,
    Not,
    OneOf,
    Operand,
    Operator,
    Or,
    Ordered,
)
from roarbase.query.sql.unsupported import refuse, refuse_other_parts

__all__ = ["ConditionReader", "terms_of"]

_ORDERS: dict[type[exp.Expr], Operator] = {exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_MIRRORED: dict[Operator, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_UNKNOWN = Constant(None)


class ConditionReader:
    """Reads conditions about the operands that `operand` knows.

    Args:
        takes_times: Whether time fields may be asked of ranges of times.
    """

    def __init__(self, source: Source, operand: Callable[[exp.Expr], Operand], *, takes_times: bool = False) -> None:
        self._source = source
        self._operand = operand
        self._takes_times = takes_times
        self._readers: dict[type[exp.Expr], Callable[[exp.Expr], Condition]] = {
            exp.And: lambda node: self.read_all([node]),
            exp.Or: lambda node: Or(tuple(map(self.read, _chain(node)))),
            exp.Not: lambda node: Not(self.read(node.this)),
            exp.EQ: self._equality,
            exp.NEQ: lambda node: Not(self._equality(node)),
            **dict.fromkeys(_ORDERS, self._comparison),
            exp.Between: self._between,
            exp.In: self._in,
            exp.Like: self._like,
            exp.Is: self._is_null,
            exp.Column: self._bare,
            exp.Boolean: lambda node: Constant(bool(node.this)),
            exp.Null: lambda _: _UNKNOWN,
        }

    def read(self, node: exp.Expr) -> Condition:
        """The condition that a node states.

        Raises:
            StatementError: A name is unknown, types do not go together, or it is no condition.
        """
        node = node.unnest()
        reader = self._readers.get(type(node))
        if reader is not None:
            return reader(node)
        literal = read_literal(self._source, node)
        if literal is not None:
            raise self._source.error(node, f"a condition is a bool, found a value of type '{literal.type}'")
        raise refuse(self._source, node)

    def read_all(self, nodes: Iterable[exp.Expr]) -> Condition:
        """The condition that all of these hold: a range of times narrows those beside it that are about its column.

        Raises:
            StatementError: As `read`; also if a range has no such condition beside it.
        """
        ranges: dict[Operand, TimeRange] = {}
        places: dict[Operand, exp.Expr] = {}
        others: list[exp.Expr] = []
        for term in (term for node in nodes for term in terms_of(node)):
            timed = self._timed_or_none(term)
            if timed is None:
                others.append(term)
            elif timed in ranges:
                raise self._source.error(term, f"column {shown(timed.name)} has two ranges of times")
            else:
                ranges[timed], places[timed] = self._time_range(term, timed), term
        read = [narrowed(self.read(term), ranges) for term in others]
        asked = {operand for _, operand in read}
        for ranged, term in places.items():
            if ranged not in asked:
                raise self._without_value(term)
        for term, (condition, operand) in zip(others, read, strict=True):
            if operand is None and asks_among_others(condition, ranges):
                raise self._among_others(term)
        return And(tuple(condition for condition, _ in read))

    # ---- times -----------------------------------------------------------------------------

    def _timed_or_none(self, node: exp.Expr) -> Field | None:
        """The time field that a BETWEEN asks for a range of times; None of any other condition."""
        if not self._takes_times or not isinstance(node, exp.Between):
            return None
        operand = self._operand(node.this.unnest())
        return operand if isinstance(operand, Field) and has_times(operand.type) else None

    def _time_range(self, node: exp.Expr, operand: Field) -> TimeRange:
        refuse_other_parts(self._source, node, "this", "low", "high")
        return TimeRange(*(self._second(node.args[end], operand) for end in ("low", "high")))

    def _second(self, node: exp.Expr, operand: Field) -> int:
        literal = self._value(node)
        second = second_or_none(literal.value) if isinstance(literal.value, str) else None
        if second is None:
            raise self._source.error(
                node, f"a range of times of {operand.name!r} has ends such as '2022-06-30' or '2022-06-30 12:00:00'"
            )
        return second

    def _without_value(self, node: exp.Expr) -> StatementError:
        return self._source.error(
            node, "a range of times stands beside a value, as in q = 'k' and q between '2022-06-01' and '2022-07-01'"
        )

    def _among_others(self, node: exp.Expr) -> StatementError:
        return self._source.error(
            node, "beside a range of times, its column is asked by itself, or in alternatives of such conditions"
        )

    # ---- one condition ---------------------------------------------------------------------

    def _bare(self, node: exp.Expr) -> Condition:
        operand = self._operand(node)
        if operand.type.kind != Kind.BOOL:
            raise self._source.error(node, f"a condition is a bool, found a value of type '{operand.type}'")
        return OneOf(operand, (True,))

    def _equality(self, node: exp.Expr) -> Condition:
        left, right, _ = self._sides(node)
        self._check_equatable(node, left.type, right.type)
        if right.value is None or (isinstance(left, Literal) and left.value is None):
            return _UNKNOWN
        return Constant(left.value == right.value) if isinstance(left, Literal) else OneOf(left, (right.value,))

    def _comparison(self, node: exp.Expr) -> Condition:
        left, right, is_mirrored = self._sides(node)
        operator = _MIRRORED[_ORDERS[type(node)]] if is_mirrored else _ORDERS[type(node)]
        for side in (left.type, right.type):
            self._check_ordered(node, _ORDERS[type(node)], side)
        self._check_equatable(node, left.type, right.type)
        if right.value is None or (isinstance(left, Literal) and left.value is None):
            return _UNKNOWN
        if isinstance(left, Literal):
            return Constant(_compared(left, operator, right))
        self._check_has_order(node, left)
        return _ordered(left, operator, right)

    def _between(self, node: exp.Expr) -> Condition:
        refuse_other_parts(self._source, node, "this", "low", "high")
        if self._timed_or_none(node) is not None:
            raise self._without_value(node)
        operand = self._operand(node.this.unnest())
        low, high = (self._value_for(operand, node.args[end]) for end in ("low", "high"))
        for side in (operand.type, low.type, high.type):
            if not side.has_order and side.kind != Kind.NULL:
                raise self._source.error(node, f"type '{side}' cannot be used as a range subscript")
            self._check_equatable(node, operand.type, side)
        self._check_has_order(node, operand)
        return And((_ordered(operand, ">=", low), _ordered(operand, "<=", high)))

    def _in(self, node: exp.Expr) -> Condition:
        refuse_other_parts(self._source, node, "this", "expressions")
        operand = self._operand(node.this.unnest())
        literals = [self._value_for(operand, item) for item in node.expressions]
        for item, literal in zip(node.expressions, literals, strict=True):
            self._check_equatable(item, operand.type, literal.type)
        values = tuple(dict.fromkeys(literal.value for literal in literals if literal.value is not None))
        if len(values) == 0:
            return _UNKNOWN
        known = OneOf(operand, values)
        return Or((known, _UNKNOWN)) if any(literal.value is None for literal in literals) else known

    def _like(self, node: exp.Expr) -> Condition:
        refuse_other_parts(self._source, node, "this", "expression", "negate")
        operand, pattern = self._operand(node.this.unnest()), self._value(node.expression)
        for side in (operand.type.member, pattern.type):
            if side.kind not in (Kind.STRING, Kind.NULL):
                raise self._source.error(node, f"operator 'LIKE' incompatible with type '{side}'")
        if operand == Field(RECORD_ID, operand.type):
            raise self._source.error(node, "LIKE on '_id' is not supported yet")
        condition = Like(operand, pattern.value) if isinstance(pattern.value, str) else _UNKNOWN
        return Not(condition) if node.args.get("negate") else condition

    def _is_null(self, node: exp.Expr) -> Condition:
        if not isinstance(node.expression, exp.Null):
            raise self._source.error(node, "IS with anything but NULL is not supported yet")
        literal = read_literal(self._source, node.this)
        if literal is not None:
            return Constant(literal.value is None)
        return IsNull(self._operand(node.this.unnest()))

    def _sides(self, node: exp.Expr) -> "tuple[Operand | Literal, Literal, bool]":
        """The sides of a comparison, the literal one last, and whether they changed places."""
        left, right = node.this.unnest(), node.expression.unnest()
        first = read_literal(self._source, left)
        if first is None:
            operand = self._operand(left)
            return operand, self._value_for(operand, right), False
        second = read_literal(self._source, right)
        if second is not None:
            return first, second, False
        operand = self._operand(right)
        return operand, self._value_for(operand, left), True

    def _value_for(self, operand: Operand, node: exp.Expr) -> Literal:
        """The value to compare an operand with: beside a timestamp, a string stands for one.

        Raises:
            StatementError: The string is no timestamp.
        """
        literal = self._value(node)
        if operand.type.kind != Kind.TIMESTAMP or not isinstance(literal.value, str):
            return literal
        text = literal.value
        seconds = timestamp_seconds(f"{text}T00:00:00Z" if len(text) == len("2022-06-30") else text)
        if seconds is None:
            raise self._source.error(
                node, f"{shown(text)} is no timestamp such as '2022-06-30T12:00:00Z', and no date such as '2022-06-30'"
            )
        return Literal(seconds, operand.type)

    def _value(self, node: exp.Expr) -> Literal:
        literal = read_literal(self._source, node)
        if literal is not None:
            return literal
        inner = node.unnest()
        if self._source.is_double_quoted(inner):
            return Literal(inner.name, SqlType(Kind.STRING))
        if isinstance(inner, exp.Column):
            self._operand(inner)  # an unknown name is told first
            raise self._source.error(inner, "comparing two columns is not supported yet")
        raise refuse(self._source, inner)

    def _check_equatable(self, node: exp.Expr, left: SqlType, right: SqlType) -> None:
        if not are_equatable(left, right):
            raise self._source.error(node, f"types '{left}' and '{right}' are not equatable")

    def _check_ordered(self, node: exp.Expr, operator: Operator, side: SqlType) -> None:
        if not side.has_order and side.kind != Kind.NULL:
            raise self._incompatible(node, operator, side)

    def _check_has_order(self, node: exp.Expr, operand: Operand) -> None:
        """Ids in a field are names of rows, which the engine finds one by one."""
        if isinstance(operand, Field) and operand.type.kind == Kind.ID and operand.name != RECORD_ID:
            raise self._source.error(node, f"ranges of {operand.name!r}, a column of type 'id', are not supported yet")

    def _incompatible(self, node: exp.Expr, operator: str, side: SqlType) -> StatementError:
        return self._source.error(node, f"operator '{operator}' incompatible with type '{side}'")


def terms_of(node: exp.Expr) -> list[exp.Expr]:
    """The conditions that an AND connects, also through parentheses; any other condition by itself."""
    found, waiting = [], [node]
    while waiting:
        term = waiting.pop().unnest()
        if isinstance(term, exp.And):
            waiting += reversed(_chain(term))
        else:
            found.append(term)
    return found


def _chain(node: exp.Expr) -> list[exp.Expr]:
    """The terms of `a or b or c`, which sqlglot nests to the left: thousands of them in a loop, not a recursion."""
    kind, terms = type(node), []
    while type(node) is kind:
        terms.append(node.expression)
        node = node.this
    return [node, *reversed(terms)]


def _ordered(operand: Operand, operator: Operator, literal: Literal) -> Condition:
    return Ordered(operand, operator, literal.value) if isinstance(literal.value, Decimal) else _UNKNOWN


def _compared(left: Literal, operator: Operator, right: Literal) -> bool | None:
    if not isinstance(left.value, Decimal) or not isinstance(right.value, Decimal):
        return None
    is_less, is_more = left.value < right.value, left.value > right.value
    return {"<": is_less, "<=": not is_more, ">": is_more, ">=": not is_less}[operator]
