"""Which expressions can fail while they are worked out: divide by zero, leave the range of a type, not take a text.

WHERE asks those last, and of the rows that all else has chosen: so a statement fails, or does not, whichever part of
it bitmaps answer, and in whatever order DuckDB would take it. AND and OR elsewhere ask them where the others do not
settle it.
"""

from collections.abc import Iterable

from roarbase.query.sql.kinds import Kind
from roarbase.query.sql.later.operations import OPERATIONS
from roarbase.query.sql.later.tree import Apply, Convert, Expr, Picked
from roarbase.query.sql.later.walking import parts_of, terms_of

__all__ = ["can_fail", "split", "split_failing"]


def can_fail(expression: Expr) -> bool:
    """Whether there are values of its columns for which an expression has none. Queries in it answer for themselves."""
    match expression:
        case Apply(operation=operation) if not OPERATIONS[operation].never_fails:
            return True
        case Convert(type=kind) if kind.kind not in (Kind.STRING, Kind.BOOL):
            return True
        case Convert(operand=operand) if operand.type.kind == Kind.STRING != expression.type.kind:
            return True
        case Picked(is_asked=False):
            return True  # it may give more than one row
    return any(map(can_fail, parts_of(expression)))


def split_failing(condition: Expr) -> tuple[list[Expr], list[Expr]]:
    """The terms of a condition that never fail, and those that can."""
    return split(terms_of(condition))


def split(expressions: Iterable[Expr]) -> tuple[list[Expr], list[Expr]]:
    """The expressions that never fail, and those that can."""
    safe: list[Expr] = []
    failing: list[Expr] = []
    for expression in expressions:
        (failing if can_fail(expression) else safe).append(expression)
    return safe, failing
