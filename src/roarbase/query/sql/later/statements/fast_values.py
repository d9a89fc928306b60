"""A long list of VALUES that holds literals only, read column by column: a tenth of the time of reading words.

It gives what `inserting.py` would. Whatever is not plain (an expression, a value of the wrong type or out of
range) makes it give None: then the statement is read word by word, and its error has its place.
"""

import re
from collections.abc import Sequence
from functools import cache
from itertools import chain
from operator import itemgetter
from typing import Any

import msgspec

from roarbase.model.fields import MAXIMUM_ID
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.columns import decimals, numbers, within
from roarbase.query.sql.later.statements.assigning import can_be_assigned
from roarbase.query.sql.later.statements.keeping import kept_or_none
from roarbase.query.sql.later.statements.targets import Target
from roarbase.query.sql.later.tree import BOOL, INT, STRING

__all__ = ["fast_columns", "split_insert"]

_HEAD = re.compile(
    r"\s*(?:insert|replace)\s+into\s+[a-z_][a-z0-9_-]*\s*(?:\([a-z0-9_,\s-]*\)\s*)?values(?=[\s(])", re.IGNORECASE
)
_STRING = r"'(?:[^']++|'')*+'"
_SET = rf"\[(?>[^\[\]']++|{_STRING})*+\]"
_CELL = rf"((?>{_STRING}|-?[0-9]{{1,18}}+(?:\.[0-9]{{1,18}}+)?+|{_SET}|true\b|false\b|null\b))"
_TEXT = re.compile(_STRING)
_NOT_JSON = re.compile(r"''|[\"\\\x00-\x1f]")
"""What a string of JSON has otherwise than a literal."""
_ROW = "\0"
"""Marks the begin of a row; it stands in no plain statement."""

_decode_ids = msgspec.json.Decoder(list[list[int]]).decode
_decode_strings = msgspec.json.Decoder(list[list[str]]).decode

_FIRST, _LAST = itemgetter(0), itemgetter(-1)
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
    for split in (_split_cells, _matched_cells):
        cells = split(len(targets), rows)
        kept = None if cells is None else _columns(targets, cells, now_s)
        if kept is not None:
            return kept
    return None


def _split_cells(width: int, rows: str) -> list[Sequence[str]] | None:
    """The cells, column by column, of rows that are all written with the same blanks, as most are.

    They may be cut within a string: then it lacks a quote, and is no literal of any type.
    """
    text = rows.strip().removesuffix(";").rstrip()
    end = text.find(")")
    start = text.find("(", end)
    between = text[end : start + 1] if start > 0 else "),("
    if text[:1] != "(" or text[-1:] != ")" or "".join(between.split()) != "),(":
        return None
    comma = ", " if ", " in text[:end] else ","
    marked = text[1:-1].replace(between, comma + _ROW)
    cells = marked.split(comma)
    firsts = cells[::width]
    if not all(cells) or len(cells) != width * len(firsts) or marked.count(_ROW) != len(firsts) - 1:
        return None
    if not {*map(_FIRST, firsts[1:])} <= {_ROW} or _ROW in firsts:  # some row is wider, or its first cell empty
        return None
    return [[firsts[0], *(cell[1:] for cell in firsts[1:])], *(cells[place::width] for place in range(1, width))]


def _matched_cells(width: int, rows: str) -> list[Sequence[str]] | None:
    """The cells, column by column, of rows with any blanks."""
    found = _row_pattern(width).findall(rows)
    # What stands between the rows that were found is no row, and a comma behind the last one promises another.
    if not found or found[-1][-1] == "," or sum(map(len, map(_FIRST, found))) != len(rows):
        return None
    cells: list[Sequence[str]] = [*zip(*found, strict=True)]
    return cells[1:-1]


def _columns(targets: Sequence[Target], cells: Sequence[Sequence[str]], now_s: int) -> list[list[Any]] | None:
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
        nulls = {place for place, cell in enumerate(cells) if cell.lower() == "null"}
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
        return _texts(cells)
    if first in "tTfF":
        return _bools(cells)
    if first == "[":
        return _sets(cells)
    if "." in cells[0]:
        return _decimals(cells)
    found = numbers(cells)
    return None if found is None else (INT, found)


def _texts(cells: Sequence[str]) -> tuple[SqlType, list[Any]] | None:
    joined = "".join(cells)
    if joined.count("'") != 2 * len(cells):  # some quote is doubled, or missing
        if not all(map(_TEXT.fullmatch, cells)):
            return None
        return STRING, [cell[1:-1].replace("''", "'") for cell in cells]
    if {*map(_FIRST, cells)} != {"'"} or {*map(_LAST, cells)} != {"'"} or "'" in cells:
        return None
    return STRING, [cell[1:-1] for cell in cells]


def _bools(cells: Sequence[str]) -> tuple[SqlType, list[Any]] | None:
    """Truth, in any case of letters; nearly always in lower case."""
    try:
        return BOOL, [*map(_BOOLS.__getitem__, cells)]
    except KeyError:
        found = [_BOOLS.get(cell.lower()) for cell in cells]
        return None if None in found else (BOOL, found)


def _decimals(cells: Sequence[str]) -> tuple[SqlType, list[Any]] | None:
    """Numbers with as many places each."""
    scale = len(cells[0].partition(".")[2])
    if not scale or {*map(itemgetter(slice(-scale - 1, -scale)), cells)} != {"."}:
        return None
    found = decimals(cells, scale)
    return None if found is None else (SqlType(Kind.DECIMAL, scale), found)


def _sets(cells: Sequence[str]) -> tuple[SqlType, list[Any]] | None:
    """Lists of ids, or of strings, which differ from JSON by their quotes."""
    joined = f"[{','.join(cells)}]"
    is_of_strings = "'" in joined
    if _NOT_JSON.search(joined) if is_of_strings else "." in joined:
        return None
    try:
        if is_of_strings:
            found: list[Any] = _decode_strings(joined.replace("'", '"'))
        else:
            found = _decode_ids(joined)
    except msgspec.MsgspecError:
        return None
    if not is_of_strings and within([*chain.from_iterable(found)], 0, MAXIMUM_ID) is None:
        return None
    return SqlType(Kind.STRINGSET if is_of_strings else Kind.IDSET), [tuple(sorted(set(items))) for items in found]
