"""The parts of typed expressions."""

from collections.abc import Iterator

from roarbase.query.sql.later.tree import (
    Aggregated,
    Apply,
    Case,
    Column,
    Convert,
    Expr,
    ExprIn,
    InSelected,
    IsNothing,
    JoinedSource,
    Rows,
)

__all__ = ["columns_in", "leaves_of", "parts_of"]


def parts_of(expression: Expr) -> tuple[Expr, ...]:
    """The expressions that an expression is made of; queries in it are none."""
    match expression:
        case Apply(arguments=parts) | Aggregated(arguments=parts):
            return parts
        case Convert(operand=operand) | IsNothing(operand=operand) | InSelected(operand=operand):
            return (operand,)
        case ExprIn(operand=operand, items=items):
            return (operand, *items)
        case Case(branches=branches, otherwise=otherwise):
            return (*(part for branch in branches for part in (branch.condition, branch.value)), otherwise)
    return ()


def columns_in(expression: Expr) -> Iterator[Column]:
    """The columns that an expression names, but for those in queries in it."""
    if isinstance(expression, Column):
        yield expression
    for part in parts_of(expression):
        yield from columns_in(part)


def leaves_of(rows: Rows | None) -> Iterator[Rows]:
    """The sources that rows are joined of, from left to right."""
    if isinstance(rows, JoinedSource):
        yield from leaves_of(rows.left)
        yield from leaves_of(rows.right)
    elif rows is not None:
        yield rows
