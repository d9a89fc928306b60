"""A flat chain such as `a + b - c` as one operation, however long: so many levels would be too deep for any reader.

It is worked out from left to right as if its operators nested, with the same errors. What is done at each step is
told by a text, steps that are alike once: so DuckDB has one function for all chains.
"""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from roarbase.model.fields import INT64_MAX, INT64_MIN
from roarbase.query.sql.later.operations.arithmetic import ARITHMETIC
from roarbase.query.sql.later.operations.operation import Operation, out_of_range

__all__ = ["CHAINS", "Step", "text_of_steps"]

_WIDEST = (-(2**127), 2**127 - 1)
"""What DuckDB holds of a number that is no int."""
_OPERATIONS = {operation.name: operation for operation in ARITHMETIC}


class Step(NamedTuple):
    """What is done with what was found so far, and the next operand.

    Attributes:
        factor: What was found so far is multiplied by it before.
        more: What else the operation takes.
        is_int: What it gives is an int, of 64 bits.
    """

    operation: str
    factor: int
    more: tuple[int, ...]
    is_int: bool


def text_of_steps(steps: Iterable[Step]) -> str:
    """Steps as a text.

    >>> text_of_steps([Step("+", 1, (), True), Step("+", 1, (), True), Step("*", 1, (100,), False)])
    '2 + 1 1;1 * 0 1 100'
    """
    runs = ((len([*run]), step) for step, run in groupby(steps))
    return ";".join(
        " ".join(map(str, (count, step.operation, int(step.is_int), step.factor, *step.more))) for count, step in runs
    )


@lru_cache(maxsize=16)
def _steps_of_text(text: str) -> tuple[Step, ...]:
    return tuple(step for run in text.split(";") for step in _run(run))


def _run(text: str) -> Iterator[Step]:
    count, operation, is_int, factor, *more = text.split(" ")
    step = Step(operation, int(factor), tuple(map(int, more)), is_int == "1")
    yield from [step] * int(count)


def _chained(steps: str, *values: int | None) -> int | None:
    """The value of a chain: its operands are one more than the steps between them."""
    found, *operands = values
    for step, operand in zip(_steps_of_text(steps), operands, strict=True):
        found = None if found is None or operand is None else _stepped(step, found, operand)
    return found


def _stepped(step: Step, left: int, right: int) -> int:
    value: int = _OPERATIONS[step.operation].plain(left * step.factor, right, *step.more)
    low, high = (INT64_MIN, INT64_MAX) if step.is_int else _WIDEST
    if not low <= value <= high:
        raise out_of_range(value)
    return value


CHAINS = (Operation(name="chain", plain=_chained, is_strict=False, takes_list=True),)
