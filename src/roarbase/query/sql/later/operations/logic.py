"""Comparisons and logic. A comparison with null is null; AND, OR and NOT are three-valued."""

from collections.abc import Callable, Sequence
from typing import Any

from roarbase.query.sql.later.operations.operation import Operation
from roarbase.query.sql.truth import is_like

__all__ = ["LOGIC"]


def _and(*sides: bool | None) -> bool | None:
    if any(side is False for side in sides):
        return False
    return None if any(side is None for side in sides) else True


def _or(*sides: bool | None) -> bool | None:
    if any(side is True for side in sides):
        return True
    return None if any(side is None for side in sides) else False


def _between(word: str) -> "Callable[[Sequence[str]], str]":
    return lambda t: f"({f' {word} '.join(t)})"


def _text_of_join(t: Sequence[str]) -> str:
    """Halves of halves: DuckDB reads what is not in parentheses as deep as it is long."""
    if len(t) < 3:
        return _between("||")(t)
    middle = len(t) // 2
    return f"({_text_of_join(t[:middle])} || {_text_of_join(t[middle:])})"


def _compared(sign: str, plain: Callable[[Any, Any], bool]) -> Operation:
    return Operation(name=sign, plain=plain, text=_between(sign.replace("!=", "<>")), never_fails=True)


LOGIC = (
    _compared("=", lambda a, b: a == b),
    _compared("!=", lambda a, b: a != b),
    _compared("<", lambda a, b: a < b),
    _compared("<=", lambda a, b: a <= b),
    _compared(">", lambda a, b: a > b),
    _compared(">=", lambda a, b: a >= b),
    Operation(name="AND", plain=_and, text=_between("AND"), is_strict=False, never_fails=True),
    Operation(name="OR", plain=_or, text=_between("OR"), is_strict=False, never_fails=True),
    Operation(name="NOT", plain=lambda a: not a, text=lambda t: f"(NOT {t[0]})", never_fails=True),
    Operation(name="LIKE", plain=is_like, text=_between("LIKE"), never_fails=True),
    Operation(name="||", plain=lambda *texts: "".join(texts), text=_text_of_join, never_fails=True),
    Operation(name="tuple", plain=lambda *parts: parts),
    Operation(
        name="coalesce",
        plain=lambda *values: next((value for value in values if value is not None), None),
        text=lambda t: f"coalesce({', '.join(t)})",
        is_strict=False,
        never_fails=True,
    ),
)
