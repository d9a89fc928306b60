"""Expressions: syntax to typed, each node by a function of its own."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from roarbase.errors import BadRequest
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.aggregates import AGGREGATES, read_aggregate
from roarbase.query.sql.later.binding.chains import chained, is_flat, links_of
from roarbase.query.sql.later.binding.functions.table import read_function
from roarbase.query.sql.later.binding.kinds_of import are_comparable, is_null, one_scale, one_set, read_type, typed_null
from roarbase.query.sql.later.binding.operators import (
    binary,
    check_repeated,
    compared,
    in_list,
    moment_literal,
    ranged,
    unary,
)
from roarbase.query.sql.later.binding.scope import Binding, Scope
from roarbase.query.sql.later.binding.windows import WINDOW_FUNCTIONS, windowed
from roarbase.query.sql.later.converting import can_be_cast
from roarbase.query.sql.later.evaluating import evaluate, is_constant
from roarbase.query.sql.later.syntax import (
    Between,
    Binary,
    Call,
    CaseWhen,
    Cast,
    Constant,
    Exists,
    Expression,
    In,
    InQuery,
    IsNull,
    Now,
    Over,
    QueryExpression,
    Reference,
    Select,
    SetLiteral,
    Star,
    TupleLiteral,
    Unary,
    Variable,
)
from roarbase.query.sql.later.tree import (
    BOOL,
    INT,
    STRING,
    VOID,
    Apply,
    Branch,
    Case,
    Convert,
    Expr,
    InSelected,
    IsNothing,
    Literal,
    Picked,
    Selected,
)
from roarbase.query.sql.later.walking import all_columns_in

__all__ = ["ExpressionBinder", "folded"]

_MOST_DIGITS = 18
_DAY_NS = 86_400 * 10**9


def folded(expression: Expr) -> Expr:
    """A constant expression as its value. One that fails stays: whether it is ever asked for is not known here."""
    if isinstance(expression, Literal) or not is_constant(expression):
        return expression
    try:
        return Literal(expression.type, evaluate(expression))
    except BadRequest:
        return expression


class ExpressionBinder:
    """Binds expressions of one clause.

    Args:
        bind_query: Binds a query that stands in an expression.
        where: Said of an aggregate that stands where there are no groups; None where it may stand.
        variables: The types of `@0`, `@1`, … ; only TRANSFORM has them.
        takes_windows: Whether values over windows may stand there.
    """

    def __init__(
        self,
        binding: Binding,
        scope: Scope,
        bind_query: Callable[[Select, Scope], Selected],
        *,
        where: str | None = None,
        variables: tuple[Expr, ...] = (),
        takes_windows: bool = False,
    ) -> None:
        self._binding = binding
        self._scope = scope
        self._bind_query = bind_query
        self._where = where
        self._variables = variables
        self._takes_windows = takes_windows

    def bind(self, node: Expression) -> Expr:
        """The typed expression, constants worked out.

        Raises:
            StatementError: A name is not known, or types do not go together.
        """
        self._binding.go_deeper(node.at)
        bound = folded(_BINDERS[type(node)](self, node))
        self._binding.depth -= 1
        return bound

    # ---- literals ----------------------------------------------------------------------------

    def _constant(self, node: Constant) -> Expr:
        value = node.value
        if isinstance(value, Decimal):
            return self._decimal(node.at, value)
        if value is None:
            return Literal(VOID, None)
        if isinstance(value, bool):
            return Literal(BOOL, value)
        return Literal(STRING if isinstance(value, str) else INT, value)

    def _decimal(self, at: int, value: Decimal) -> Expr:
        sign, digits, exponent = value.as_tuple()
        places = max(-int(exponent), 0)
        if places > _MOST_DIGITS or len(digits) + int(exponent) > 2 * _MOST_DIGITS:
            raise self._binding.error(at, f"decimal literal with more than {_MOST_DIGITS} places or digits")
        number = int(value.scaleb(places))
        return Literal(SqlType(Kind.DECIMAL, places), -number if sign and number > 0 else number)

    def _now(self, node: Now) -> Expr:
        self._binding.momentary.append("the time of day")
        now_ns = self._binding.now_ns
        return moment_literal(now_ns - now_ns % _DAY_NS if node.is_date else now_ns)

    def _set(self, node: SetLiteral) -> Expr:
        items = [self.bind(item) for item in node.items]
        kinds = {item.type.kind for item in items}
        if not kinds:
            return Literal(SqlType(Kind.IDSET), ())
        if not (kinds <= {Kind.INT, Kind.ID} or kinds == {Kind.STRING}):
            raise self._binding.error(node.at, "set literal must contain ints or strings")
        values: list[Any] = []
        for item, part in zip(items, node.items, strict=True):
            if not isinstance(item, Literal) or item.value is None:
                raise self._binding.error(part.at, "set literal must contain ints or strings")
            if isinstance(item.value, int) and not 0 <= item.value < 2**64 - 1:
                raise self._binding.error(part.at, f"value '{item.value}' out of range")
            values.append(item.value)
        kind = Kind.STRINGSET if kinds == {Kind.STRING} else Kind.IDSET
        return Literal(SqlType(kind), tuple(sorted(set(values))))

    def _tuple(self, node: TupleLiteral) -> Expr:
        parts = [self.bind(item) for item in node.items]
        kind = SqlType(Kind.TUPLE, 0, tuple(part.type for part in parts))
        literals = [part for part in parts if isinstance(part, Literal)]
        if len(literals) == len(parts):
            return Literal(kind, tuple(part.value for part in literals))  # type: ignore[arg-type]
        if not self._variables:
            raise self._binding.error(node.at, "a tuple literal holds literals")
        return Apply(kind, "tuple", tuple(parts))

    # ---- names -------------------------------------------------------------------------------

    def _reference(self, node: Reference) -> Expr:
        return self._scope.find(node)

    def _star(self, node: Star) -> Expr:
        raise self._binding.error(node.at, "column reference expected")

    def _variable(self, node: Variable) -> Expr:
        if node.number >= len(self._variables):
            raise self._binding.error(node.at, f"variable '@{node.number}' not found")
        return self._variables[node.number]

    # ---- operators ---------------------------------------------------------------------------

    def _unary(self, node: Unary) -> Expr:
        return unary(self._binding, node.at, node.operator, self.bind(node.operand))

    def _binary(self, node: Binary) -> Expr:
        links = links_of(node)
        if is_flat(links):
            nodes = [links[0].left, *(link.right for link in links)]
            return chained(self._binding, links, map(self.bind, nodes))
        return binary(self._binding, node.at, node.operator, self.bind(node.left), self.bind(node.right))

    def _between(self, node: Between) -> Expr:
        operand, low, high = map(self.bind, (node.operand, node.low, node.high))
        return ranged(self._binding, node.at, operand, low, high, is_negated=node.is_negated)

    def _in(self, node: In) -> Expr:
        items = tuple(map(self.bind, node.items))
        return in_list(self._binding, node.at, self.bind(node.operand), items, is_negated=node.is_negated)

    def _in_query(self, node: InQuery) -> Expr:
        operand, query = self.bind(node.operand), self._within(node)
        if len(query.outputs) != 1:
            raise self._binding.error(node.at, "a subquery in IN gives one column")
        given = query.outputs[0].value.type
        if not are_comparable(operand.type, given):
            raise self._binding.error(node.at, f"types '{operand.type}' and '{given}' are not equatable")
        return InSelected(operand, query, node.is_negated)

    def _exists(self, node: Exists) -> Expr:
        return Picked(BOOL, self._within(node), is_asked=True)

    def _query(self, node: QueryExpression) -> Expr:
        query = self._within(node)
        if len(query.outputs) != 1:
            raise self._binding.error(node.at, "a subquery where a value stands gives one column")
        return Picked(query.outputs[0].value.type, query)

    def _within(self, node: InQuery | Exists | QueryExpression) -> Selected:
        self._scope.add_query(node.at)
        return self._bind_query(node.query, self._scope)

    def _is_null(self, node: IsNull) -> Expr:
        return IsNothing(self.bind(node.operand), node.is_negated)

    def _cast(self, node: Cast) -> Expr:
        operand, kind = self.bind(node.operand), read_type(self._binding, node.type)
        if not can_be_cast(operand.type, kind):
            raise self._binding.error(node.at, f"'{operand.type}' cannot be cast to '{kind}'")
        if is_null(operand):
            return Literal(kind, None)
        if operand.type.kind == Kind.TIMESTAMP == kind.kind:
            return operand
        return Convert(kind, operand)

    # ---- CASE --------------------------------------------------------------------------------

    def _case(self, node: CaseWhen) -> Expr:
        operand = self.bind(node.operand) if node.operand is not None else None
        if operand is not None:
            check_repeated(self._binding, node.at, operand, len(node.branches))
        conditions = [self._when(condition, operand) for condition, _ in node.branches]
        nodes = [value for _, value in node.branches]
        values = [self.bind(value) for value in nodes]
        values.append(self.bind(node.otherwise) if node.otherwise is not None else Literal(VOID, None))
        values = [*one_set(*values)]
        kind = next((value.type for value in values if not is_null(value)), VOID)
        for at, value in zip([*nodes, node.otherwise or node], values, strict=True):
            if not are_comparable(kind, value.type):
                raise self._binding.error(at.at, f"types '{kind}' and '{value.type}' are not equatable")
        scaled = one_scale(*values)
        result = next((value.type for value in scaled if not is_null(value)), kind)
        *chosen, otherwise = (typed_null(value, result) for value in scaled)
        return Case(result, tuple(map(Branch, conditions, chosen)), otherwise)

    def _when(self, node: Expression, operand: Expr | None) -> Expr:
        condition = self.bind(node)
        if operand is not None:
            return compared(self._binding, node.at, "=", operand, condition)
        if condition.type.kind not in (Kind.BOOL, Kind.NULL):
            raise self._binding.error(node.at, "boolean expression expected")
        return condition

    # ---- calls -------------------------------------------------------------------------------

    def _over(self, node: Over) -> Expr:
        if not self._takes_windows:
            raise self._binding.error(node.at, "a value over a window stands in the select list or in ORDER BY only")
        inner = ExpressionBinder(self._binding, self._scope, self._bind_query, where=self._where)

        def bind_call(call: Call) -> Expr:
            if call.name not in AGGREGATES:
                return inner.bind(call)
            # Unlike an aggregate of its own, one over a window may take those of groups.
            return read_aggregate(self._binding, call, lambda place: inner.bind(call.arguments[place]))

        return windowed(self._binding, node, bind_call, inner.bind)

    def _call(self, node: Call) -> Expr:
        if node.name == "rangeq":
            raise self._binding.error(node.at, "calling rangeq() usage invalid: it stands in WHERE, with AND only")
        if node.name in WINDOW_FUNCTIONS:
            raise self._binding.error(node.at, f"'{node.name}' wants a window: {node.name}(...) OVER (...)")
        if node.name not in AGGREGATES:
            return self._function(node)
        if self._where is not None:
            raise self._binding.error(node.at, f"aggregate '{node.name.upper()}()' not allowed in {self._where}")
        inner = ExpressionBinder(self._binding, self._scope, self._bind_query, where="an aggregate")
        return self._aggregate(node, inner)

    def _aggregate(self, call: Call, inner: "ExpressionBinder") -> Expr:
        """An aggregate of the rows of this query; in SQL, one of columns around it alone would be of the rows there."""
        value = read_aggregate(self._binding, call, lambda place: inner.bind(call.arguments[place]))
        columns = [*all_columns_in(value)]
        if any(map(self._scope.is_outer, columns)) and not any(map(self._scope.is_own, columns)):
            name = call.name.upper()
            raise self._binding.error(call.at, f"aggregate '{name}()' names no column of the query that it stands in")
        return value

    def _function(self, node: Call) -> Expr:
        if node.name == "identifier" and self._variables:
            raise self._binding.error(
                node.at, "identifier() stands in INSERT and SELECT: here it would be one id for all"
            )
        value = read_function(self._binding, node, lambda place: self.bind(node.arguments[place]))
        if value.type.kind == Kind.TUPLE and not is_constant(value) and not self._variables:
            raise self._binding.error(node.at, "a tuple stands in INSERT and TRANSFORM only")
        return value


_BINDERS: dict[type, Callable[[ExpressionBinder, Any], Expr]] = {
    Constant: ExpressionBinder._constant,
    SetLiteral: ExpressionBinder._set,
    TupleLiteral: ExpressionBinder._tuple,
    Reference: ExpressionBinder._reference,
    Star: ExpressionBinder._star,
    Variable: ExpressionBinder._variable,
    Now: ExpressionBinder._now,
    Unary: ExpressionBinder._unary,
    Binary: ExpressionBinder._binary,
    Between: ExpressionBinder._between,
    In: ExpressionBinder._in,
    InQuery: ExpressionBinder._in_query,
    Exists: ExpressionBinder._exists,
    QueryExpression: ExpressionBinder._query,
    IsNull: ExpressionBinder._is_null,
    CaseWhen: ExpressionBinder._case,
    Cast: ExpressionBinder._cast,
    Call: ExpressionBinder._call,
    Over: ExpressionBinder._over,
}
