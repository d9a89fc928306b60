"""A long list of VALUES that holds literals only, read column by column: a tenth of the time of reading words.

It gives what `inserting.py` would. Whatever is not plain (an expression, a set, a value of the wrong type or out of
range) makes it give None: then the statement is read word by word, and its error has its place.
"""

import re
from collections.abc import Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.columns import decimals, numbers
from roarbase.query.sql.later.statements.assigning import can_be_assigned
from roarbase.query.sql.later.statements.keeping import kept_or_none
from roarbase.query.sql.later.statements.targets import Target
from roarbase.query.sql.later.tree import BOOL, INT, STRING

__all__ = ["fast_columns", "split_insert"]

_HEAD = re.compile(
    r"\s*(?:insert|replace)\s+into\s+[a-z_][a-z0-9_-]*\s*(?:\([a-z0-9_,\s-]*\)\s*)?values(?=[\s(])", re.IGNORECASE
)
_CELL = r"((?>'(?:[^']++|'')*+'|-?[0-9]{1,18}+(?:\.[0-9]{1,18}+)?+|true\b|false\b|null\b))"
_FIRST = itemgetter(0)
_BOOLS = {"true": True, "false": False}


def split_insert(text: str) -> tuple[str, str] | None:
    """The part of an INSERT up to VALUES, and its rows; None if it is none of the plain kind."""
    head = _HEAD.match(text)
    return None if head is None else (text[: head.end()], text[head.end() :])


@cache
def _row_pattern(width: int) -> re.Pattern[str]:
    """A row as a whole, its cells, and what follows it: a comma, or the end."""
    cells = r"\s*+,\s*+".join([_CELL] * width)
    return re.compile(rf"(\s*+\(\s*+{cells}\s*+\)\s*+(,|;?+\s*+\Z))", re.IGNORECASE)


def fast_columns(targets: Sequence[Target], rows: str, now_s: int) -> list[list[Any]] | None:
    """The values of each column, as it keeps them; None if they are not all plain and right."""
    found = _row_pattern(len(targets)).findall(rows)
    # What stands between the rows that were found is no row, and a comma behind the last one promises another.
    if not found or found[-1][-1] == "," or sum(map(len, map(_FIRST, found))) != len(rows):
        return None
    cells = [*zip(*found, strict=True)][1:-1]
    columns: list[list[Any]] = []
    for target, column in zip(targets, cells, strict=True):
        kept = _column(column, target, now_s)
        if kept is None:
            return None
        columns.append(kept)
    return columns


def _column(cells: Sequence[str], target: Target, now_s: int) -> list[Any] | None:
    nulls = set[int]()
    if not {"n", "N"}.isdisjoint(map(_FIRST, cells)):
        nulls = {place for place, cell in enumerate(cells) if cell[0] in "nN"}
    if nulls and target.spec is None:
        return None
    given = _typed([cell for place, cell in enumerate(cells) if place not in nulls] if nulls else cells)
    if given is None or not can_be_assigned(given[0], target.type):
        return None
    kept = kept_or_none(target, given[0], given[1], now_s)
    if kept is None or not nulls:
        return kept
    values = iter(kept)
    return [None if place in nulls else next(values) for place in range(len(cells))]


def _typed(cells: Sequence[str]) -> tuple[SqlType, list[Any]] | None:
    """The values of literals that are all of one type."""
    if not cells:
        return SqlType(Kind.NULL), []
    first = cells[0][0]
    if first == "'":
        if {*map(_FIRST, cells)} != {"'"}:
            return None
        texts = [cell[1:-1] for cell in cells]
        if "'" in "".join(texts):
            texts = [text.replace("''", "'") for text in texts]
        return STRING, texts
    if first in "tTfF":
        bools = [_BOOLS.get(cell.lower()) for cell in cells]
        return None if None in bools else (BOOL, bools)
    found = numbers(cells)
    return (INT, found) if found is not None else _decimals(cells)


def _decimals(cells: Sequence[str]) -> tuple[SqlType, list[Any]] | None:
    """Numbers with as many places each."""
    places = {len(cell.partition(".")[2]) for cell in cells}
    if len(places) > 1 or places == {0}:
        return None
    scale = places.pop()
    found = decimals(cells, scale)
    return None if found is None else (SqlType(Kind.DECIMAL, scale), found)
