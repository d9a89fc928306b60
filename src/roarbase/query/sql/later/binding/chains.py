"""Flat chains of operators, such as `a + b - c`, whose syntax nests to the left: as deep as they are long."""

from collections.abc import Iterator, Sequence

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.operators import binary
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.operations.chains import Step, text_of_steps
from roarbase.query.sql.later.syntax import Binary, Expression
from roarbase.query.sql.later.tree import STRING, Apply, Column, Expr, Literal

__all__ = ["chained", "is_flat", "links_of"]

_MOST_NESTED = 100
"""A chain of numbers that has more operators becomes one call of a function of ours."""
_MOST_LINKS = 5000
_OF_MANY = ("AND", "OR", "||")
"""Operations of as many operands as there are."""
_ALIKE = (*((name,) for name in _OF_MANY), ("+", "-"), ("*", "/", "%"), ("&", "|", "<<", ">>"))
_BESIDE = {name: alike for alike in _ALIKE for name in alike}


def links_of(node: Binary) -> list[Binary]:
    """The operators of the chain that ends with one, from left to right."""
    beside = _BESIDE.get(node.operator, ())
    links: list[Binary] = []
    inner: Expression = node
    while isinstance(inner, Binary) and inner.operator in beside:
        links.append(inner)
        inner = inner.left
    return links[::-1]


def is_flat(links: Sequence[Binary]) -> bool:
    """Whether a chain becomes one operation."""
    return len(links) > _MOST_NESTED or (len(links) > 0 and links[0].operator in _OF_MANY)


def chained(binding: Binding, links: Sequence[Binary], operands: Iterator[Expr]) -> Expr:
    """A chain as one operation.

    Args:
        operands: One more than there are operators; each is asked for when those before it were found to be right.

    Raises:
        StatementError: An operator does not take its operands, or there are too many.
    """
    if len(links) > _MOST_LINKS and links[0].operator not in ("AND", "OR"):
        raise binding.error(links[_MOST_LINKS].at, f"more than {_MOST_LINKS} operators stand side by side")
    return (_of_many if links[0].operator in _OF_MANY else _of_numbers)(binding, links, operands)


def _of_many(binding: Binding, links: Sequence[Binary], operands: Iterator[Expr]) -> Expr:
    found = [next(operands)]
    for link in links:
        found.append(next(operands))
        kind = binary(binding, link.at, link.operator, found[-2], found[-1]).type
    return Apply(kind, links[0].operator, tuple(found))


def _of_numbers(binding: Binding, links: Sequence[Binary], operands: Iterator[Expr]) -> Expr:
    values = [next(operands)]
    kind = values[0].type
    steps: list[Step] = []
    for link in links:
        step = binary(binding, link.at, link.operator, _so_far(kind), next(operands))
        assert isinstance(step, Apply)
        left, right, *more = step.arguments
        steps.append(Step(link.operator, _factor(left), tuple(map(_whole, more)), step.type.kind == Kind.INT))
        values.append(right)
        kind = step.type
    return Apply(kind, "chain", (Literal(STRING, text_of_steps(steps)), *values))


def _so_far(kind: SqlType) -> Expr:
    """What stands for all that is on the left of an operator."""
    return Column(kind, -1, 0, "")


def _factor(left: Expr) -> int:
    """What brings the left side to the scale of the right one."""
    return _whole(left.arguments[1]) if isinstance(left, Apply) else 1


def _whole(literal: Expr) -> int:
    assert isinstance(literal, Literal)
    assert isinstance(literal.value, int)
    return literal.value
