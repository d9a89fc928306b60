"""Whether a condition holds for one row of an answer: HAVING, row by row.

The same meaning as `bitmaps.py` gives records: a null makes no leaf true but IS NULL.
"""

from collections.abc import Callable
from decimal import Decimal

from roarbase.query.sql.kinds import Kind
from roarbase.query.sql.tree import And, Condition, Constant, IsNull, Like, Not, OneOf, Operand, Operator, Or, Ordered

__all__ = ["holds", "is_like"]

_TESTS: dict[Operator, Callable[[Decimal | float, Decimal], bool]] = {
    "<": lambda cell, value: cell < value,
    "<=": lambda cell, value: cell <= value,
    ">": lambda cell, value: cell > value,
    ">=": lambda cell, value: cell >= value,
}


def holds(condition: Condition, cell_of: Callable[[Operand], object]) -> bool:
    """Whether the condition is true; unknown counts as false.

    Args:
        cell_of: The cell of an operand in the row: decimals as scaled integers, None for null.
    """
    match condition:
        case Constant(value):
            return bool(value)
        case And(inputs):
            return all(holds(i, cell_of) for i in inputs)
        case Or(inputs):
            return any(holds(i, cell_of) for i in inputs)
        case Not():
            raise AssertionError("negations are pushed into the leaves before plans are made")
        case IsNull(operand, is_negated):
            return (cell_of(operand) is None) != is_negated
        case Like(operand, pattern, is_negated):
            text = cell_of(operand)
            return isinstance(text, str) and is_like(text, pattern) != is_negated
        case OneOf(operand, values, is_negated):
            cell = _value(operand, cell_of(operand))
            return cell is not None and (cell in values) != is_negated
        case Ordered(operand, operator, value):
            cell = _value(operand, cell_of(operand))
            return isinstance(cell, (Decimal, float)) and _TESTS[operator](cell, value)


def _value(operand: Operand, cell: object) -> object:
    """A cell as the value it stands for: exact numbers, but for averages, which are floats."""
    if isinstance(cell, bool) or not isinstance(cell, int):
        return cell
    if operand.type.kind in (Kind.DECIMAL, Kind.TIMESTAMP):
        # Built from its parts: arithmetic would round to the 28 digits of the context.
        return Decimal((cell < 0, tuple(map(int, str(abs(cell)))), -operand.type.scale))
    return Decimal(cell)


def is_like(text: str, pattern: str) -> bool:
    """Whether a text is of a pattern: `%` stands for any run, `_` for one character; case matters.

    Goes back only to the last `%`, so that no pattern takes longer than its length times the text's.

    >>> is_like("setosa", "s_t%a"), is_like("setosa", "S%")
    (True, False)
    """
    at, place, run, resume = 0, 0, -1, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "%":
            run, resume, place = place, at, place + 1
        elif place < len(pattern) and pattern[place] in ("_", text[at]):
            at, place = at + 1, place + 1
        elif run >= 0:
            resume += 1
            at, place = resume, run + 1
        else:
            return False
    return not pattern[place:].strip("%")
