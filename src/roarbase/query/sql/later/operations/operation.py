"""What an operation is: a name, its value in plain Python, and how DuckDB works it out.

The plain function is the meaning. Where `text` is None, DuckDB calls that function, too; where there is a text, it
is an expression of DuckDB's that gives the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from roarbase.errors import BadRequest

__all__ = ["NO_PLACE", "Operation", "Text", "failure", "out_of_range"]

NO_PLACE = "[0:0] "
"""What the message of an error of running begins with: which row it was, nobody can point to."""

Text = Callable[[Sequence[str]], str]
"""From the texts of the arguments, each in parentheses or a single word, to the text of the operation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """One operation.

    Attributes:
        is_strict: A null among the arguments makes it null, without asking `plain`.
        has_whole_numbers: Its result leaves the 64 bits of an int only with an error.
        of_vectors: The same for many rows at once, of arguments that are all vectors: arrays of shape (rows, numbers).
        takes_list: Its arguments are numbers, but the first; DuckDB gives it them as one list.
        repeats: Its text has arguments more than once.
        never_fails: It has a value for all arguments of its types, or is null.
    """

    name: str
    plain: Callable[..., Any]
    text: Text | None = None
    is_strict: bool = True
    has_whole_numbers: bool = False
    takes_list: bool = False
    repeats: bool = False
    never_fails: bool = False
    of_vectors: Callable[..., Sequence[Any]] | None = None


def failure(message: str) -> BadRequest:
    """The error of a statement that fails while it runs."""
    return BadRequest(f"{NO_PLACE}{message}")


def out_of_range(value: object) -> BadRequest:
    return failure(f"value '{value}' out of range")
