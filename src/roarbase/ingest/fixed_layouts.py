"""Whole columns of times whose layout is of digits in fixed places, read at once with numpy.

Which is most of them: `2006-01-02T15:04:05Z07:00` and the like, with a fraction of any length or without
one. Whatever does not look like that at first sight is left to `Layout`, which means the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from roarbase.ingest.layouts import Element, Layout, layout_of
from roarbase.ingest.tokens import Tokens

__all__ = ["FixedLayout", "fixed_layout_or_none"]

_Int64s = NDArray[np.int64]
_WIDTHS = {"2006": 4, "01": 2, "02": 2, "15": 2, "04": 2, "05": 2}
_NANO_DIGITS = 9
_ZERO = np.uint8(ord("0"))


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some characters of a text: a number, a fraction with its point, a zone, or characters that must stand there."""

    says: str
    start: int
    stop: int
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FixedLayout:
    """A layout whose texts have one length, but for a fraction behind the seconds, and a zone that may be `Z`.

    Attributes:
        elements: Those of the layout; an open fraction is left out.
        has_open_fraction: There may be a fraction of any length behind the seconds.
    """

    elements: tuple[Element, ...]
    has_open_fraction: bool

    def read(self, tokens: Tokens) -> tuple[_Int64s, _Int64s, NDArray[np.bool_]]:
        """The seconds since 1970 and nanoseconds of each token, and which tokens were understood."""
        seconds, nanos = np.zeros(len(tokens), np.int64), np.zeros(len(tokens), np.int64)
        is_read = np.zeros(len(tokens), np.bool_)
        lengths = np.where(tokens.begin_with('"'), tokens.lengths - 2, -1)
        for length in np.unique(lengths[lengths > 0]).tolist():
            for pieces in self._forms(length):
                rows = np.flatnonzero((lengths == length) & ~is_read)
                places = (tokens.starts[rows] + 1)[:, np.newaxis] + np.arange(length)
                seconds[rows], nanos[rows], is_read[rows] = _read(tokens.text[places], pieces)
        return seconds, nanos, is_read

    def _forms(self, length: int) -> Iterator[Sequence[_Piece]]:
        """The ways in which a text of this length may be put together."""
        widths = [_width(element) for element in self.elements]
        zones = [place for place, element in enumerate(self.elements) if element.says == "zone"]
        for is_z in (False, True):
            for place in zones:
                widths[place] = 1 if is_z else len(self.elements[place].text)
            extra = length - sum(widths)
            if extra == 0 or (extra > 1 and self.has_open_fraction):
                yield _pieces(self.elements, widths, extra)
            if not zones or self.elements[zones[0]].text[0] != "Z":
                return


@lru_cache(maxsize=1024)
def fixed_layout_or_none(text: str) -> FixedLayout | None:
    """The fast reader for a layout; None if its texts have no fixed places."""
    layout = layout_of(text)
    if not all(map(_is_fixed, layout.elements)) or not _is_complete(layout):
        return None
    elements = tuple(e for e in layout.elements if not _is_open(e))
    says = {element.says for element in elements}
    return FixedLayout(elements=elements, has_open_fraction="second" in says and "fraction" not in says)


def _is_open(element: Element) -> bool:
    return element.says == "fraction" and element.text[1] == "9"


def _is_fixed(element: Element) -> bool:
    if not element.says:
        return element.text.isascii() and element.text.isprintable() and not set(element.text) & set('"\\')
    return element.text in _WIDTHS or element.says in ("fraction", "zone")


def _is_complete(layout: Layout) -> bool:
    """Whether it has a year, month and day, says nothing twice, and has a fraction behind the seconds only."""
    says = [element.says for element in layout.elements]
    named = [each for each in says if each]
    follows = all(before == "second" for before, each in pairwise(("", *says)) if each == "fraction")
    return {"year", "month", "day"} <= set(named) and len(set(named)) == len(named) and follows


def _width(element: Element) -> int:
    return _WIDTHS.get(element.text, len(element.text)) if element.says else len(element.text)


def _pieces(elements: Sequence[Element], widths: Sequence[int], extra: int) -> list[_Piece]:
    """The pieces of a text whose fraction, which the layout leaves open, has so many characters."""
    pieces, place = [], 0
    for element, width in zip(elements, widths, strict=True):
        pieces.append(_Piece(element.says, place, place + width, "" if element.says else element.text))
        place += width
        if element.says == "second" and extra:
            pieces.append(_Piece("fraction", place, place + extra))
            place += extra
    return pieces


def _read(chars: NDArray[np.uint8], pieces: Sequence[_Piece]) -> tuple[_Int64s, _Int64s, NDArray[np.bool_]]:
    """Seconds, nanoseconds, and which rows of characters are such texts."""
    is_read = np.ones(len(chars), np.bool_)
    nothing = np.zeros(len(chars), np.int64)
    numbers = dict.fromkeys(("hour", "minute", "second", "fraction", "zone"), nothing)
    for piece in pieces:
        here = chars[:, piece.start : piece.stop]
        if piece.says:
            read = _SPECIAL.get(piece.says, _number)
            numbers[piece.says] = read(here, is_read)
        else:
            is_read &= (here == np.frombuffer(piece.text.encode(), np.uint8)).all(axis=1)
    return _seconds(numbers, is_read) - numbers["zone"], numbers["fraction"], is_read


def _number(here: NDArray[np.uint8], is_read: NDArray[np.bool_], digits: int | None = None) -> _Int64s:
    """What the digits say, had they so many; those beyond are cut. Rows with anything else are marked in `is_read`."""
    figures = here - _ZERO
    is_read &= (figures <= 9).all(axis=1)
    kept = figures[:, :digits].astype(np.int64)
    places = kept.shape[1] if digits is None else digits
    number: _Int64s = kept @ (10 ** np.arange(places - 1, places - 1 - kept.shape[1], -1, dtype=np.int64))
    return number


def _fraction(here: NDArray[np.uint8], is_read: NDArray[np.bool_]) -> _Int64s:
    """Nanoseconds."""
    is_read &= (here[:, 0] == ord(".")) | (here[:, 0] == ord(","))
    return _number(here[:, 1:], is_read, _NANO_DIGITS)


def _zone(here: NDArray[np.uint8], is_read: NDArray[np.bool_]) -> _Int64s:
    """How many seconds the zone is ahead: `Z`, or a sign and hours, minutes and seconds with colons or without."""
    if here.shape[1] == 1:
        is_read &= here[:, 0] == ord("Z")
        return np.zeros(len(here), np.int64)
    is_behind = here[:, 0] == ord("-")
    is_read &= is_behind | (here[:, 0] == ord("+"))
    step = 3 if here.shape[1] in (6, 9) else 2
    total = np.zeros(len(here), np.int64)
    for start, unit_s, highest in zip(range(1, here.shape[1], step), (3600, 60, 1), (24, 59, 59), strict=False):
        number = _number(here[:, start : start + 2], is_read)
        is_read &= number <= highest
        total += unit_s * number
    for colon in range(3, here.shape[1], step) if step == 3 else ():
        is_read &= here[:, colon] == ord(":")
    return np.where(is_behind, -total, total)


_SPECIAL = {"fraction": _fraction, "zone": _zone}


def _seconds(numbers: dict[str, _Int64s], is_read: NDArray[np.bool_]) -> _Int64s:
    year, month, day = (numbers[name] for name in ("year", "month", "day"))
    is_read &= (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    is_read &= (numbers["hour"] <= 23) & (numbers["minute"] <= 59) & (numbers["second"] <= 59)
    months = np.where(is_read, 12 * (year - 1970) + month - 1, 0)
    first, following = (at.astype("M8[M]").astype("M8[D]").astype(np.int64) for at in (months, months + 1))
    is_read &= day <= following - first
    days = first + day - 1
    return 86_400 * days + 3600 * numbers["hour"] + 60 * numbers["minute"] + numbers["second"]
