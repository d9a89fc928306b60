"""A long list of VALUES that holds literals only, read column by column: a tenth of the time of reading words.

It gives what `inserting.py` would. Whatever is not plain (an expression, a value of the wrong type or out of
range) makes it give None: then the statement is read word by word, and its error has its place.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.columns.numbers import decimals, ids, numbers
from roarbase.query.sql.later.columns.texts import Texts, letters_of, split
from roarbase.query.sql.later.columns.values import Cells, Sets, Values
from roarbase.query.sql.later.statements.assigning import can_be_assigned
from roarbase.query.sql.later.statements.keeping import kept_or_none
from roarbase.query.sql.later.statements.targets import Target
from roarbase.query.sql.later.tree import BOOL, INT, STRING

__all__ = ["fast_columns", "split_insert"]

_HEAD = re.compile(
    r"\s*(?:insert|replace)\s+into\s+[a-z_][a-z0-9_-]*\s*(?:\([a-z0-9_,\s-]*\)\s*)?values(?=[\s(])", re.IGNORECASE
)
_STRING = re.compile(r"'(?:[^']++|'')*+'")
_QUOTE, _COMMA, _POINT = b"',."
_OPEN_SET, _CLOSE_SET = b"[]"

_Typed = tuple[SqlType, Cells | Texts]


def split_insert(text: str) -> tuple[str, str] | None:
    """The part of an INSERT up to VALUES, and its rows; None if it is none of the plain kind."""
    head = _HEAD.match(text)
    return None if head is None else (text[: head.end()], text[head.end() :])


def fast_columns(targets: Sequence[Target], rows: str, now_s: int, kernels: CellKernels) -> list[Values] | None:
    """The values of each column, as it keeps them; None if they are not all plain and right."""
    text = rows.strip().removesuffix(";")
    letters = letters_of(text)
    places = kernels.rows(letters, len(targets))
    if places is None:
        return None
    literals = _Literals(letters)
    found: list[Values] = []
    for target, starts, stops in zip(targets, *places, strict=True):
        kept = _column(Texts(text, letters, starts, stops, kernels), target, literals, now_s)
        if kept is None:
            return None
        found.append(kept)
    return found


def _column(cells: Texts, target: Target, literals: "_Literals", now_s: int) -> Values | None:
    are_there = ~cells.are(b"null")
    is_whole = bool(are_there.all())
    given = literals.typed(cells if is_whole else cells.chosen(are_there))
    if given is None or not can_be_assigned(given[0], target.type):
        return None
    return kept_or_none(target, given[0], None if is_whole else are_there, given[1], now_s)


class _Literals:
    """Literals of one statement."""

    def __init__(self, letters: NDArray[np.uint8]) -> None:
        self._letters = letters
        self._quotes = np.flatnonzero(letters == _QUOTE)

    def typed(self, cells: Texts) -> _Typed | None:
        """The values of literals that are all of one type."""
        if not len(cells):
            return SqlType(Kind.NULL), np.zeros(0, np.int64)
        read = _READ.get(chr(cells.letters[cells.starts[0]]).lower(), _Literals._numbers)
        return read(self, cells)

    def texts(self, cells: Texts) -> Texts | list[str] | None:
        """Strings, in their places where none has a quote within."""
        if (cells.widths < len("''")).any() or (cells.firsts != _QUOTE).any() or (cells.lasts != _QUOTE).any():
            return None
        if (self._quotes[np.searchsorted(self._quotes, cells.starts) + 1] == cells.stops - 1).all():
            return cells.inner()
        found = cells.strings()  # some quote is doubled, or not the last one
        return [each[1:-1].replace("''", "'") for each in found] if all(map(_STRING.fullmatch, found)) else None

    def _texts(self, cells: Texts) -> _Typed | None:
        found = self.texts(cells)
        return None if found is None else (STRING, found)

    def _bools(self, cells: Texts) -> _Typed | None:
        """Truth, in any case of letters; shorter words for it are for CSV."""
        are_true = cells.are(b"true")
        return (BOOL, are_true) if (are_true | cells.are(b"false")).all() else None

    def _numbers(self, cells: Texts) -> _Typed | None:
        """Whole numbers, or decimals with as many places each."""
        first = cells.letters[cells.starts[0] : cells.stops[0]].tobytes()
        scale = len(first.partition(b".")[2])
        if not scale:
            found = numbers(cells)
            return None if found is None else (INT, found)
        if (cells.widths <= scale).any() or (cells.letters[cells.stops - 1 - scale] != _POINT).any():
            return None
        found = decimals(cells, scale)
        return None if found is None else (SqlType(Kind.DECIMAL, scale), found)

    def _sets(self, cells: Texts) -> _Typed | None:
        """Ids, or strings, in brackets."""
        if (cells.firsts != _OPEN_SET).any() or (cells.lasts != _CLOSE_SET).any():
            return None
        inner = cells.inner().without_blanks()
        if inner is None:
            return None
        offsets, members = split(inner, self._commas(inner))
        parts = members.without_blanks()
        if parts is None:
            return None
        if not inner.widths.all():  # the one member of an empty set
            are_members = np.ones(len(parts), np.bool_)
            are_members[offsets[:-1][inner.widths == 0]] = False
            offsets = np.concatenate([[0], np.cumsum(are_members)])[offsets]
            parts = parts.chosen(are_members)
        if len(parts) and parts.widths.all() and parts.letters[parts.starts[0]] == _QUOTE:
            texts = self.texts(parts)
            strings = texts.strings() if isinstance(texts, Texts) else texts
            return None if strings is None else (SqlType(Kind.STRINGSET), Sets(offsets, strings))
        found = ids(parts)
        return None if found is None else (SqlType(Kind.IDSET), Sets(offsets, found))

    def _commas(self, sets: Texts) -> NDArray[np.int64]:
        """Where commas may stand between members."""
        commas: NDArray[np.int64] = np.flatnonzero(self._letters == _COMMA)
        if (self._letters[sets.starts] == _QUOTE).any():
            commas = commas[np.searchsorted(self._quotes, commas) % 2 == 0]
        return commas


_READ: dict[str, Callable[[_Literals, Texts], _Typed | None]] = {
    "'": _Literals._texts,
    "t": _Literals._bools,
    "f": _Literals._bools,
    "[": _Literals._sets,
}
"""How literals are read, by their first letter; all others are numbers."""
