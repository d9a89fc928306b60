"""What a function is: a name, what it takes and gives, and a word on it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from roarbase.query.sql.kinds import SqlType
from roarbase.query.sql.later.binding.scope import Binding
from roarbase.query.sql.later.syntax import Call
from roarbase.query.sql.later.tree import Expr

__all__ = ["Build", "Function", "check_count", "function"]

Build = Callable[[Binding, Call, Sequence[Expr]], Expr]
"""Makes the typed expression of arguments that are checked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Function:
    """One function.

    Attributes:
        takes: Kinds of parameters, rows of PARAMETERS; those behind `least` may be left out.
        more: The kind of any further arguments; empty if there are none.
        formal: How many parameters an error says it has.
        sentence: What it gives.
    """

    name: str
    takes: tuple[str, ...]
    gives: SqlType
    sentence: str
    example: str
    least: int
    formal: int
    more: str = ""
    build: Build | None = None


def function(
    signature: str, gives: SqlType, sentence: str, example: str, build: Build | None = None, formal: int = -1
) -> Function:
    """A row of the table.

    Args:
        signature: The name with the kinds of its parameters. `?` stands behind those that may be left out, `...`
            behind the last where there may be more of it.
        formal: By default as many as it needs.

    >>> made = function("len(text, whole?, any...)", SqlType("int"), "", "")
    >>> made.name, made.takes, made.least, made.more
    ('len', ('text', 'whole'), 1, 'any')
    """
    name, _, inside = signature.removesuffix(")").partition("(")
    kinds = inside.split(", ")
    more = kinds.pop().removesuffix("...") if kinds[-1].endswith("...") else ""
    least = sum(not kind.endswith("?") for kind in kinds)
    return Function(
        name=name,
        takes=tuple(kind.removesuffix("?") for kind in kinds),
        gives=gives,
        sentence=sentence,
        example=example,
        least=least,
        formal=least if formal < 0 else formal,
        more=more,
        build=build,
    )


def check_count(binding: Binding, call: Call, needed: int, most: int | None, formal: int = -1) -> None:
    """Raise if a call has too few or too many arguments."""
    given = len(call.arguments)
    if given < needed or (most is not None and given > most):
        count = needed if formal < 0 else formal
        raise binding.error(
            call.end,
            f"'{call.name}': count of formal parameters ({count}) does not match count of actual parameters ({given})",
        )
