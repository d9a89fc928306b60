"""The parts of typed expressions and of the rows that queries are about."""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from roarbase.query.sql.later.tree import (
    BOOL,
    Aggregated,
    Apply,
    Branch,
    Case,
    Column,
    Combined,
    Convert,
    Expr,
    ExprIn,
    InSelected,
    IsNothing,
    JoinedSource,
    Literal,
    Order,
    Output,
    Picked,
    Query,
    QueryRows,
    Rows,
    Selected,
    TableRows,
    Windowed,
)

__all__ = [
    "all_columns_in",
    "columns_in",
    "columns_in_query",
    "conditions_of",
    "expressions_of",
    "has_more_parts",
    "has_window",
    "leaves_of",
    "parts_of",
    "reached",
    "terms_of",
    "together",
    "with_queries",
]


# ---- expressions -------------------------------------------------------------------------------


def parts_of(expression: Expr) -> tuple[Expr, ...]:
    """The expressions that an expression is made of; queries in it are none."""
    match expression:
        case Column() | Literal():  # most of all, so that they come first
            return ()
        case Apply(arguments=parts) | Aggregated(arguments=parts):
            return parts
        case Convert(operand=operand) | IsNothing(operand=operand) | InSelected(operand=operand):
            return (operand,)
        case ExprIn(operand=operand, items=items):
            return (operand, *items)
        case Case(branches=branches, otherwise=otherwise):
            return (*(part for branch in branches for part in (branch.condition, branch.value)), otherwise)
        case Windowed(value=value, partition=partition, order=order):
            return (*value.arguments, *partition, *(term.value for term in order if term.value is not None))
    return ()


def has_more_parts(expression: Expr, most: int) -> bool:
    """Whether an expression is made of more than so many, itself among them."""
    waiting = [expression]
    for _ in range(most):
        if not waiting:
            return False
        waiting += parts_of(waiting.pop())
    return bool(waiting)


def columns_in(expression: Expr) -> Iterator[Column]:
    """The columns that an expression names, but for those in queries in it."""
    if isinstance(expression, Column):
        yield expression
    for part in parts_of(expression):
        yield from columns_in(part)


def all_columns_in(expression: Expr) -> Iterator[Column]:
    """The columns that an expression names, those in queries in it, too."""
    if isinstance(expression, Column):
        yield expression
    if isinstance(expression, InSelected | Picked):
        yield from columns_in_query(expression.query)
    for part in parts_of(expression):
        yield from all_columns_in(part)


def columns_in_query(query: Selected) -> Iterator[Column]:
    """The columns that a query names, its own and those of queries around it."""
    if isinstance(query, Combined):
        yield from columns_in_query(query.left)
        yield from columns_in_query(query.right)
        return
    for expression in expressions_of(query):
        yield from all_columns_in(expression)
    for rows in leaves_of(query.source):
        if isinstance(rows, QueryRows):
            yield from columns_in_query(rows.query)


def has_window(expression: Expr) -> bool:
    """Whether a value over a window is in an expression."""
    return isinstance(expression, Windowed) or any(map(has_window, parts_of(expression)))


def terms_of(condition: Expr | None) -> list[Expr]:
    """What stands between the ANDs of a condition."""
    if condition is None:
        return []
    if isinstance(condition, Apply) and condition.operation == "AND":
        return [term for argument in condition.arguments for term in terms_of(argument)]
    return [condition]


def together(terms: list[Expr]) -> Expr | None:
    """Terms as one condition; None of none."""
    if not terms:
        return None
    return terms[0] if len(terms) == 1 else Apply(BOOL, "AND", tuple(terms))


# ---- rows --------------------------------------------------------------------------------------


def leaves_of(rows: Rows | None) -> Iterator[Rows]:
    """The sources that rows are joined of, from left to right."""
    if isinstance(rows, JoinedSource):
        yield from leaves_of(rows.left)
        yield from leaves_of(rows.right)
    elif rows is not None:
        yield rows


def reached(rows: Rows) -> set[int]:
    """The tables whose records may be chosen before anything else happens: no outer join makes up for them."""
    match rows:
        case TableRows():
            return {rows.number}
        case JoinedSource():
            left = reached(rows.left) if rows.kind in ("INNER", "CROSS", "LEFT") else set()
            right = reached(rows.right) if rows.kind in ("INNER", "CROSS", "RIGHT") else set()
            return left | right
    return set()


def conditions_of(rows: Rows | None) -> Iterator[Expr]:
    """What joins are made on."""
    if isinstance(rows, JoinedSource):
        yield from conditions_of(rows.left)
        yield from conditions_of(rows.right)
        if rows.condition is not None:
            yield rows.condition


# ---- queries -----------------------------------------------------------------------------------


def expressions_of(query: Query) -> Iterator[Expr]:
    """All that a query works out."""
    yield from (output.value for output in query.outputs)
    yield from query.keys
    yield from (part for part in (query.where, query.having) if part is not None)
    yield from (order.value for order in query.order if order.value is not None)
    yield from conditions_of(query.source)


def with_queries(query: Query, change: Callable[[Selected], Selected]) -> Query:
    """The query, those within it changed: in FROM, and in expressions."""

    def changed(expression: Expr) -> Expr:
        return _with_queries(expression, change)

    source = query.source
    if isinstance(source, QueryRows | JoinedSource):
        source = _rows_with_queries(source, change)
    if not any(map(_has_query, expressions_of(query))):
        return query if source is query.source else replace(query, source=source)
    return replace(
        query,
        source=source,
        outputs=tuple(Output(output.name, changed(output.value)) for output in query.outputs),
        where=None if query.where is None else changed(query.where),
        having=None if query.having is None else changed(query.having),
        order=tuple(_ordered(order, changed) for order in query.order),
    )


def _ordered(order: Order, changed: Callable[[Expr], Expr]) -> Order:
    return order if order.value is None else replace(order, value=changed(order.value))


def _rows_with_queries(rows: Rows, change: Callable[[Selected], Selected]) -> Rows:
    match rows:
        case JoinedSource(left=left, right=right, condition=condition):
            return replace(
                rows,
                left=_rows_with_queries(left, change),
                right=_rows_with_queries(right, change),
                condition=None if condition is None else _with_queries(condition, change),
            )
        case QueryRows():
            return replace(rows, query=change(rows.query))
    return rows


def _has_query(expression: Expr) -> bool:
    return isinstance(expression, InSelected | Picked) or any(map(_has_query, parts_of(expression)))


def _with_queries(expression: Expr, change: Callable[[Selected], Selected]) -> Expr:
    if not _has_query(expression):
        return expression

    def changed(part: Expr) -> Expr:
        return _with_queries(part, change)

    match expression:
        case InSelected(operand=operand, query=query):
            return replace(expression, operand=changed(operand), query=change(query))
        case Picked(query=query):
            return replace(expression, query=change(query))
        case Apply(arguments=parts) | Aggregated(arguments=parts):
            return replace(expression, arguments=tuple(map(changed, parts)))
        case Convert(operand=operand) | IsNothing(operand=operand):
            return replace(expression, operand=changed(operand))
        case ExprIn(operand=operand, items=items):
            return replace(expression, operand=changed(operand), items=tuple(map(changed, items)))
        case Case(branches=branches, otherwise=otherwise):
            made = tuple(Branch(changed(branch.condition), changed(branch.value)) for branch in branches)
            return replace(expression, branches=made, otherwise=changed(otherwise))
        case Windowed(value=value, partition=partition, order=order):
            return replace(
                expression,
                value=replace(value, arguments=tuple(map(changed, value.arguments))),
                partition=tuple(map(changed, partition)),
                order=tuple(_ordered(term, changed) for term in order),
            )
    return expression
