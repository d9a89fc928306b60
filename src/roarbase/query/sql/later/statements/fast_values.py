"""A long list of VALUES that holds literals only, read column by column: a tenth of the time of reading words.

It gives what `inserting.py` would. Whatever is not plain (an expression, a value of the wrong type or out of
range) makes it give None: then the statement is read word by word, and its error has its place.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np

from roarbase.engine.buffers.arrays import all_set
from roarbase.engine.kernels.cells.port import DOUBLED, LIST, NULL, OTHER, TEXT, TRUTH, CellKernels
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.columns.numbers import decimals, ids, numbers
from roarbase.query.sql.later.columns.texts import Texts, letters_of
from roarbase.query.sql.later.columns.values import Cells, Sets, Values
from roarbase.query.sql.later.statements.assigning import can_be_assigned
from roarbase.query.sql.later.statements.keeping import kept_or_none
from roarbase.query.sql.later.statements.targets import Target
from roarbase.query.sql.later.tree import BOOL, INT, STRING
from roarbase.query.sql.later.words import MOST_DIGITS

__all__ = ["fast_columns", "split_insert"]

_HEAD = re.compile(
    r"\s*(?:insert|replace)\s+into\s+[a-z_][a-z0-9_-]*\s*(?:\([a-z0-9_,\s-]*\)\s*)?values(?=[\s(])", re.IGNORECASE
)
_Typed = tuple[SqlType, Cells]


def split_insert(text: str) -> tuple[str, str] | None:
    """The part of an INSERT up to VALUES, and its rows; None if it is none of the plain kind."""
    head = _HEAD.match(text)
    return None if head is None else (text[: head.end()], text[head.end() :])


def fast_columns(targets: Sequence[Target], rows: str, now_s: int, kernels: CellKernels) -> list[Values] | None:
    """The values of each column, as it keeps them; None if they are not all plain and right."""
    text = rows.strip().removesuffix(";")
    try:
        letters = letters_of(text)
    except UnicodeEncodeError:  # half a surrogate pair
        return None
    cells = kernels.rows(letters, len(targets))
    if cells is None:
        return None
    found: list[Values] = []
    for target, forms, starts, stops in zip(targets, cells.forms, *cells.places, strict=True):
        kept = _column(target, forms, Texts(text, letters, starts, stops, kernels), now_s)
        if kept is None:
            return None
        found.append(kept)
    return found


def _column(target: Target, forms: int, cells: Texts, now_s: int) -> Values | None:
    are_there = None
    if forms & NULL:
        are_there = ~cells.are(b"null")
        cells, forms = cells.chosen(are_there), forms & ~NULL
    read = _READ.get(forms)
    given = None if read is None else read(cells, target.type)
    if given is None or not can_be_assigned(given[0], target.type):
        return None
    return kept_or_none(target, given[0], are_there, given[1], now_s)


def _nothing(_: Texts, __: SqlType) -> _Typed:
    return SqlType(Kind.NULL), np.zeros(0, np.int64)


def _bools(cells: Texts, _: SqlType) -> _Typed:
    return BOOL, cells.are(b"true")


def _texts(cells: Texts, _: SqlType) -> _Typed:
    return STRING, cells.inner()


def _doubled_texts(cells: Texts, _: SqlType) -> _Typed:
    return STRING, _undoubled(cells)


def _undoubled(cells: Texts) -> list[str]:
    """Strings, some of which have a quote within."""
    return [each.replace("''", "'") for each in cells.inner().strings()]


def _numbers(cells: Texts, wanted: SqlType) -> _Typed | None:
    """Whole numbers, or for a column of decimals what it keeps without loss."""
    if wanted.kind == Kind.DECIMAL:
        found = decimals(cells, wanted.scale, most=wanted.scale)
        return None if found is None else (wanted, found)
    found = numbers(cells, longest=MOST_DIGITS)
    return None if found is None else (INT, found)


def _sets(cells: Texts, _: SqlType) -> _Typed | None:
    """Ids, or strings, in brackets."""
    offsets, members, forms = cells.inner().parts(",", are_literals=True)
    are_there = members.widths > 0
    if not all_set(are_there):  # the one of an empty set; elsewhere it is a mistake, and both ways to read find it
        are_lonely = np.diff(offsets)[np.searchsorted(offsets, np.flatnonzero(~are_there), side="right") - 1] == 1
        if not are_lonely.all():
            return None
        offsets, members = np.append(0, np.cumsum(are_there))[offsets], members.chosen(are_there)
    if forms == TEXT:
        return SqlType(Kind.STRINGSET), Sets(offsets, members.inner())
    if forms in (DOUBLED, TEXT | DOUBLED):
        return SqlType(Kind.STRINGSET), Sets(offsets, _undoubled(members))
    found = ids(members, longest=MOST_DIGITS)
    return None if found is None else (SqlType(Kind.IDSET), Sets(offsets, found))


_READ: dict[int, Callable[[Texts, SqlType], _Typed | None]] = {
    0: _nothing,
    TRUTH: _bools,
    TEXT: _texts,
    DOUBLED: _doubled_texts,
    TEXT | DOUBLED: _doubled_texts,
    LIST: _sets,
    OTHER: _numbers,
}
"""How the literals of a column are read, by the forms that occur among them; mixed ones are read one by one."""
