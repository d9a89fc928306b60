"""The cell port in plain Python: what the compiled cells are checked against, and what answers until they are there."""

import re
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.cells.port import BLANKS, SURE_DIGITS, Places
from roarbase.model.row_text import ColumnText, rows_text

__all__ = ["PlainCells"]

_STRING = rb"'[^']*+'"
_SET = rb"\[(?:%b|[^'\[\]()])*+\]" % _STRING
_CELL = rb"((?:%b|%b|[^'\[\](),])++)" % (_STRING, _SET)
_SPACE = rb"[%b]*+" % BLANKS
_NUMBER = re.compile(rb"(-?)([0-9]*)(?:(\.)([0-9]*))?")


@cache
def _row(width: int) -> re.Pattern[bytes]:
    return re.compile(rb"%b\(%b\)%b(,?)" % (_SPACE, b",".join([_CELL] * width), _SPACE))


class PlainCells:
    """`roarbase.engine.kernels.cells.port.CellKernels` by regular expressions."""

    def rows(self, letters: NDArray[np.uint8], width: int) -> Places | None:
        text, pattern, place, goes_on = letters.tobytes(), _row(width), 0, True
        starts: list[int] = []
        stops: list[int] = []
        while goes_on:
            row = pattern.match(text, place)
            if row is None:
                return None
            for number in range(1, width + 1):
                start, stop = row.span(number)
                cell = text[start:stop]
                starts.append(stop - len(cell.lstrip(BLANKS)))
                stops.append(start + len(cell.rstrip(BLANKS)))
            place, goes_on = row.end(), bool(row.group(width + 1))
        if place < len(text) or any(start >= stop for start, stop in zip(starts, stops, strict=True)):
            return None
        first, last = (np.array(places, np.int64).reshape(-1, width).T for places in (starts, stops))
        return np.ascontiguousarray(first), np.ascontiguousarray(last)

    def decimals(self, letters: NDArray[np.uint8], places: Places, scale: int) -> NDArray[np.int64] | None:
        text, found = letters.tobytes(), []
        for start, stop in zip(*(each.tolist() for each in places), strict=True):
            number = _NUMBER.fullmatch(text, start, stop)
            if number is None:
                return None
            sign, whole, point, fraction = number.groups(b"")
            if not whole + fraction or (point and not scale) or len(whole) + scale > SURE_DIGITS:
                return None
            units = int(whole + fraction[:scale].ljust(scale, b"0"))
            found.append(-units if sign else units)
        return np.array(found, np.int64)

    def rows_text(self, columns: Sequence[ColumnText], between: bytes) -> bytes:
        return rows_text(columns, between)
