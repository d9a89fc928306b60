"""Queries: every clause bound, what is grouped checked, ORDER BY resolved."""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.expressions import ExpressionBinder
from roarbase.query.sql.later.binding.kinds_of import are_comparable, at_scale, is_null, typed_null
from roarbase.query.sql.later.binding.ranges import split_ranges, with_ranges
from roarbase.query.sql.later.binding.scope import Binding, Scope
from roarbase.query.sql.later.binding.sources import SourceBinder, WithQueries
from roarbase.query.sql.later.syntax import (
    Constant,
    Expression,
    Item,
    OrderTerm,
    Reference,
    Select,
    SelectBody,
    SetOperation,
    Star,
)
from roarbase.query.sql.later.tree import (
    BOOL,
    Aggregated,
    Column,
    Combined,
    Expr,
    InSelected,
    Order,
    Output,
    Picked,
    Query,
    Selected,
)
from roarbase.query.sql.later.walking import columns_in_query, parts_of

__all__ = ["bind_query"]


def bind_query(
    binding: Binding, select: Select, outer: Scope | None = None, named: WithQueries | None = None
) -> Selected:
    """The typed tree of a query.

    Args:
        outer: The names around a subquery.
        named: The queries of WITH around it.

    Raises:
        StatementError: A name is not known, types do not go together, or a column is not grouped.
    """
    known: WithQueries = dict(named or {})
    for name, query in select.named:
        known[name.text] = _later(binding, query, dict(known))
    binder = _QueryBinder(binding, outer, known)
    body = select.body
    if isinstance(body, SelectBody):
        return binder.one(body, select)
    return binder.several(body, select)


def _later(binding: Binding, query: Select, known: WithQueries) -> Callable[[], Selected]:
    return lambda: bind_query(binding, query, None, known)


class _QueryBinder:
    def __init__(self, binding: Binding, outer: Scope | None, named: WithQueries) -> None:
        self._binding = binding
        self._outer = outer
        self._named = named
        self._scope = Scope(binding, outer)
        self._outputs: tuple[Output, ...] = ()
        self._keys: tuple[Expr, ...] = ()
        self._is_grouped = False

    # ---- one SELECT ----------------------------------------------------------------------------

    def one(self, body: SelectBody, select: Select) -> Query:
        rows = None
        if body.source is not None:
            sources = SourceBinder(
                self._binding, lambda inner, binding, named: bind_query(binding, inner, None, named), self._named
            )
            rows = sources.bind(body.source, self._scope, lambda node: self._condition(node, "JOIN"))
        ranges, where = split_ranges(body.where)
        if ranges and rows is not None:
            rows = with_ranges(self._binding, rows, self._scope, ranges)
        condition = self._condition(where, "WHERE") if where is not None else None
        self._keys = tuple(self._key(node) for node in body.keys)
        items = [(item, output) for item in body.items for output in self._item(item)]
        self._outputs = tuple(output for _, output in items)
        having = self._condition(body.having, None) if body.having is not None else None
        asks = any(_has_aggregate(output.value) for output in self._outputs)
        self._is_grouped = asks or bool(body.keys) or having is not None
        for item, output in items:
            self._check_grouped(item.expression.at, output.value)
        if having is not None and body.having is not None:
            self._check_grouped(body.having.at, having)
        return Query(
            outputs=self._outputs,
            source=rows,
            where=condition,
            is_distinct=body.is_distinct,
            is_grouped=self._is_grouped,
            keys=self._keys,
            having=having,
            order=tuple(self._order(term, is_distinct=body.is_distinct) for term in select.order),
            limit=select.limit,
            offset=select.offset,
        )

    def _expressions(self, where: str | None, *, takes_windows: bool = False) -> ExpressionBinder:
        return ExpressionBinder(self._binding, self._scope, self._subquery, where=where, takes_windows=takes_windows)

    def _subquery(self, select: Select, scope: Scope) -> Selected:
        return bind_query(self._binding, select, scope, self._named)

    def _condition(self, node: Expression, where: str | None) -> Expr:
        condition = self._expressions(where).bind(node)
        if condition.type.kind not in (Kind.BOOL, Kind.NULL):
            raise self._binding.error(node.at, "boolean expression expected")
        return typed_null(condition, BOOL)

    def _item(self, item: Item) -> Iterator[Output]:
        node = item.expression
        if isinstance(node, Star):
            for source in self._scope.of_table(node.at, node.table):
                for place, (name, kind) in enumerate(source.columns.all):
                    yield Output(name, Column(kind, source.number, place, name))
            return
        value = self._expressions(None, takes_windows=True).bind(node)
        if value.type.kind == Kind.TUPLE:
            raise self._binding.error(node.at, "a tuple literal stands in INSERT only")
        name = item.alias.text if item.alias is not None else value.name if isinstance(value, Column) else ""
        yield Output(name, value)

    # ---- groups --------------------------------------------------------------------------------

    def _key(self, node: Expression) -> Expr:
        if not isinstance(node, Reference):
            raise self._binding.error(node.at, "column reference expected")
        return self._scope.find(node)

    def _check_grouped(self, at: int, expression: Expr) -> None:
        if not self._is_grouped:
            return
        for column in _ungrouped(expression, self._keys):
            if self._scope.is_own(column):
                raise self._binding.error(
                    at, f"column '{column.name}' invalid in select list because it is not aggregated or grouped"
                )

    # ---- order ---------------------------------------------------------------------------------

    def _order(self, term: OrderTerm, *, is_distinct: bool) -> Order:
        at = term.expression.at
        value = self._ordered(term.expression)
        if value.type.is_set:
            raise self._binding.error(at, f"unable to sort a column of type '{value.type}'")
        self._check_grouped(at, value)
        if is_distinct and value not in [output.value for output in self._outputs]:
            raise self._binding.error(at, "SELECT DISTINCT orders by columns that it selects")
        return _order_of(term, value, -1)

    def _ordered(self, node: Expression) -> Expr:
        if isinstance(node, Constant):
            return self._outputs[_position(self._binding, node, len(self._outputs))].value
        if isinstance(node, Reference) and node.table is None:
            for output in self._outputs:
                if output.name.lower() == node.name:
                    return output.value
        return self._expressions(None, takes_windows=True).bind(node)

    # ---- UNION and the like --------------------------------------------------------------------

    def several(self, body: SetOperation | Select, select: Select) -> Selected:
        """Combined queries; a query in parentheses, with what stands behind it."""
        query = self._part(body)
        if not (select.order or select.limit is not None or select.offset):
            return query
        if isinstance(query, Query) or query.order or query.limit is not None or query.offset:
            query = Combined(
                operator="UNION", is_all=True, left=query, right=replace(_empty(query)), outputs=query.outputs
            )
        order = tuple(self._combined_order(term, query) for term in select.order)
        return replace(query, order=order, limit=select.limit, offset=select.offset)

    def _part(self, body: SelectBody | SetOperation | Select) -> Selected:
        if isinstance(body, Select):
            return bind_query(self._binding, body, self._outer, self._named)
        if isinstance(body, SelectBody):
            return bind_query(self._binding, Select(body=body), self._outer, self._named)
        self._binding.go_deeper(body.at)
        left, right = self._part(body.left), self._part(body.right)
        self._binding.depth -= 1
        if len(left.outputs) != len(right.outputs):
            raise self._binding.error(
                body.at,
                f"{body.operator} wants as many columns on both sides: {len(left.outputs)} and {len(right.outputs)}",
            )
        pairs = zip(left.outputs, right.outputs, strict=True)
        kinds = [self._common(body, place, *pair) for place, pair in enumerate(pairs)]
        left, right = _as_kinds(left, kinds), _as_kinds(right, kinds)
        return Combined(
            operator=body.operator, is_all=body.is_all, left=left, right=right, outputs=_outputs_of(left, kinds)
        )

    def _common(self, body: SetOperation, place: int, one: Output, other: Output) -> SqlType:
        """The type that a column has on both sides."""
        left, right = one.value.type, other.value.type
        if not are_comparable(left, right):
            raise self._binding.error(
                body.at, f"{body.operator}: column {place + 1} is of type '{left}' and of type '{right}'"
            )
        if left.kind == Kind.NULL:
            return right
        if right.kind == Kind.NULL or (left.kind == right.kind and left.scale >= right.scale):
            return left
        if left.is_number and right.is_number:
            scale = max(left.scale, right.scale)
            return SqlType(Kind.DECIMAL, scale) if Kind.DECIMAL in (left.kind, right.kind) else SqlType(Kind.INT)
        return right if right.scale > left.scale else left

    def _combined_order(self, term: OrderTerm, query: Selected) -> Order:
        node = term.expression
        place = -1
        if isinstance(node, Constant):
            place = _position(self._binding, node, len(query.outputs))
        elif isinstance(node, Reference):
            names = [output.name.lower() for output in query.outputs]
            place = names.index(node.name) if node.name in names else -1
        if place < 0:
            raise self._binding.error(node.at, "ORDER BY of combined queries names a column of the first, or its place")
        if query.outputs[place].value.type.is_set:
            raise self._binding.error(node.at, f"unable to sort a column of type '{query.outputs[place].value.type}'")
        return _order_of(term, None, place)


def _order_of(term: OrderTerm, value: Expr | None, place: int) -> Order:
    """Nulls are the smallest values, unless the term says where they stand."""
    first = not term.is_descending if term.are_nulls_first is None else term.are_nulls_first
    return Order(value, term.is_descending, first, place)


def _position(binding: Binding, node: Constant, count: int) -> int:
    if isinstance(node.value, bool) or not isinstance(node.value, int):
        raise binding.error(node.at, "ORDER BY takes columns, aliases and positions")
    if not 1 <= node.value <= count:
        raise binding.error(node.at, f"ORDER BY position {node.value} is not between 1 and {count}")
    return node.value - 1


def _empty(query: Selected) -> Selected:
    return replace(query, limit=0)


def _outputs_of(query: Selected, kinds: list[SqlType]) -> tuple[Output, ...]:
    return tuple(
        Output(output.name, Column(kind, -1, place, output.name))
        for place, (output, kind) in enumerate(zip(query.outputs, kinds, strict=True))
    )


def _as_kinds(query: Selected, kinds: list[SqlType]) -> Selected:
    """A query with its columns of these types."""
    if isinstance(query, Combined):
        return replace(query, left=_as_kinds(query.left, kinds), right=_as_kinds(query.right, kinds))
    changed = tuple(
        Output(output.name, _as_kind(output.value, kind)) for output, kind in zip(query.outputs, kinds, strict=True)
    )
    return replace(query, outputs=changed)


def _as_kind(value: Expr, kind: SqlType) -> Expr:
    return typed_null(value, kind) if is_null(value) else at_scale(value, kind.scale)


def _has_aggregate(expression: Expr) -> bool:
    return isinstance(expression, Aggregated) or any(map(_has_aggregate, parts_of(expression)))


def _ungrouped(expression: Expr, keys: tuple[Expr, ...]) -> Iterator[Column]:
    """Columns that stand in no aggregate and are no keys; those of queries within are among them."""
    if isinstance(expression, Aggregated) or expression in keys:
        return
    if isinstance(expression, Column):
        yield expression
    if isinstance(expression, InSelected | Picked):
        yield from (column for column in columns_in_query(expression.query) if column not in keys)
    for part in parts_of(expression):
        yield from _ungrouped(part, keys)
