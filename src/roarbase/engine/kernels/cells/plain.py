"""The cell port in plain Python: what the compiled cells are checked against, and what answers until they are there."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.cells.port import (
    BLANKS,
    DOUBLED,
    FIRST_YEAR,
    LAST_YEAR,
    LIST,
    NULL,
    OTHER,
    SURE_DIGITS,
    TEXT,
    TRUTH,
    LiteralRows,
    Parts,
    Places,
)
from roarbase.model.row_text import ColumnText, rows_text

__all__ = ["PlainCells"]

_STRING = rb"'[^']*+'"
_SET = rb"\[(?:%b|[^'\[\]()])*+\]" % _STRING
_CELL = rb"((?:%b|%b|[^'\[\](),])++)" % (_STRING, _SET)
_SPACE = rb"[%b]*+" % BLANKS
_QUOTED_OR = rb"'[^']*+'?|"
_FORM_OF = {
    NULL: rb"(?i:null)",
    TRUTH: rb"(?i:true|false)",
    TEXT: _STRING,
    DOUBLED: rb"'(?:[^']|'')*+'",
    LIST: rb"(?s:\[.*\])",
    OTHER: rb"(?s:.*)",
}
_FORMS = [0, *_FORM_OF]
_FORM = re.compile(b"|".join(b"(%b)" % pattern for pattern in _FORM_OF.values()))
_MOMENT = re.compile(rb"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?Z)?")
_NS_DIGITS = 9
_NS, _DAY_S = 10**_NS_DIGITS, 86_400
_START = datetime(1970, 1, 1)
_NUMBER = re.compile(rb"(-?)([0-9]*)(?:(\.)([0-9]*))?")


_Span = tuple[int, int]


@cache
def _row(width: int) -> re.Pattern[bytes]:
    return re.compile(rb"%b\(%b\)%b(,?)" % (_SPACE, b",".join([_CELL] * width), _SPACE))


def _spans(places: Places) -> Iterable[_Span]:
    return zip(*(each.tolist() for each in places), strict=True)


def _places(spans: Sequence[_Span]) -> Places:
    starts, stops = np.array(spans, np.int64).reshape(-1, 2).T
    return np.ascontiguousarray(starts), np.ascontiguousarray(stops)


def _trimmed(text: bytes, start: int, stop: int) -> _Span:
    """A piece without blanks at either end."""
    behind = text[start:stop].lstrip(BLANKS)
    start = stop - len(behind)
    return start, start + len(behind.rstrip(BLANKS))


def _forms(text: bytes, spans: Iterable[_Span]) -> int:
    """The forms of literals."""
    found = {_FORM.fullmatch(text, *span).lastindex for span in spans}  # type: ignore[union-attr]
    return sum(_FORMS[group or 0] for group in found)


class PlainCells:
    """`roarbase.engine.kernels.cells.port.CellKernels` by regular expressions."""

    def rows(self, letters: NDArray[np.uint8], width: int) -> LiteralRows | None:
        text, pattern, place, goes_on = letters.tobytes(), _row(width), 0, True
        spans: list[_Span] = []
        while goes_on:
            row = pattern.match(text, place)
            if row is None:
                return None
            spans += (_trimmed(text, *row.span(number)) for number in range(1, width + 1))
            place, goes_on = row.end(), bool(row.group(width + 1))
        if place < len(text) or any(start >= stop for start, stop in spans):
            return None
        starts, stops = (np.ascontiguousarray(each.reshape(-1, width).T) for each in _places(spans))
        return LiteralRows((starts, stops), [_forms(text, spans[column::width]) for column in range(width)])

    def parts(self, letters: NDArray[np.uint8], places: Places, separator: int, *, are_literals: bool) -> Parts:
        text, offsets = letters.tobytes(), [0]
        sign = re.compile((_QUOTED_OR if are_literals else b"") + re.escape(bytes([separator])))
        spans: list[_Span] = []
        for start, stop in _spans(places):
            begin = start
            for found in sign.finditer(text, start, stop):
                if found[0][0] == separator:
                    spans.append(_trimmed(text, begin, found.start()))
                    begin = found.end()
            spans.append(_trimmed(text, begin, stop))
            offsets.append(len(spans))
        return Parts(
            np.array(offsets, np.int64),
            _places(spans),
            _forms(text, (span for span in spans if span[0] < span[1])) if are_literals else 0,
        )

    def trimmed(self, letters: NDArray[np.uint8], places: Places) -> Places:
        text = letters.tobytes()
        return _places([_trimmed(text, *span) for span in _spans(places)])

    def joined(self, letters: NDArray[np.uint8], places: Places) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        text = letters.tobytes()
        cells = [text[start:stop] for start, stop in _spans(places)]
        return np.frombuffer(b"".join(cells), np.uint8), np.cumsum([*map(len, cells)], dtype=np.int64)

    def decimals(self, letters: NDArray[np.uint8], places: Places, scale: int) -> tuple[NDArray[np.int64], int] | None:
        text, most = letters.tobytes(), 0
        found: list[int] = []
        for start, stop in _spans(places):
            number = _NUMBER.fullmatch(text, start, stop)
            if number is None:
                return None
            sign, whole, point, fraction = number.groups(b"")
            if not whole + fraction or (point and not scale) or len(whole) + scale > SURE_DIGITS:
                return None
            units = int(whole + fraction[:scale].ljust(scale, b"0"))
            found.append(-units if sign else units)
            most = max(most, len(fraction))
        return np.array(found, np.int64), most

    def moments(self, letters: NDArray[np.uint8], places: Places) -> NDArray[np.int64] | None:
        text = letters.tobytes()
        found: list[int] = []
        for start, stop in _spans(places):
            moment = _MOMENT.fullmatch(text, start, stop)
            if moment is None or not FIRST_YEAR <= int(moment[1]) <= LAST_YEAR:
                return None
            try:
                past = datetime(*(int(part or 0) for part in moment.groups()[:6])) - _START  # type: ignore[arg-type]
            except ValueError:  # no such day, or hour
                return None
            found.append((past.days * _DAY_S + past.seconds) * _NS + int((moment[7] or b"").ljust(_NS_DIGITS, b"0")))
        return np.array(found, np.int64)

    def distinct(self, letters: NDArray[np.uint8], places: Places) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        text = letters.tobytes()
        firsts: dict[bytes, int] = {}
        cells = [text[start:stop] for start, stop in _spans(places)]
        for place, cell in enumerate(cells):
            firsts.setdefault(cell, place)
        numbers = {cell: number for number, cell in enumerate(firsts)}
        return np.array([numbers[cell] for cell in cells], np.int64), np.array([*firsts.values()], np.int64)

    def rows_text(self, columns: Sequence[ColumnText], between: bytes) -> bytes:
        return rows_text(columns, between)
