"""The compiled cells: the port's questions as calls of machine code, each in the caller's thread."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.cells.port import Places
from roarbase.model.row_text import ColumnText, rows_text

__all__ = ["FastCells"]

_OPEN = b"("
_SPARE = bytes(8)
_MANY_ROWS = 16
"""Fewer are put together in Python: a call of machine code is prepared in the time that this takes."""


class FastCells:
    """`roarbase.engine.kernels.cells.port.CellKernels` in machine code."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries

    def rows(self, letters: NDArray[np.uint8], width: int) -> Places | None:
        most = letters.tobytes().count(_OPEN)
        starts, stops = np.empty((2, width, most), np.int64)
        count = self._entries["literal_rows"](letters, starts, stops)
        if not count:
            return None
        return np.ascontiguousarray(starts[:, :count]), np.ascontiguousarray(stops[:, :count])

    def decimals(self, letters: NDArray[np.uint8], places: Places, scale: int) -> NDArray[np.int64] | None:
        found = np.empty(len(places[0]), np.int64)
        starts, stops = map(np.ascontiguousarray, places)
        return found if self._entries["decimals"](letters, starts, stops, scale, found) else None

    def rows_text(self, columns: Sequence[ColumnText], between: bytes) -> bytes:
        first = columns[0]
        count = first.lines.count(b"\n") if first.stops is None else len(first.stops)
        if count < _MANY_ROWS:
            return rows_text(columns, between)
        stops = [column.stops for column in columns if column.stops is not None]
        lines, places = _joined([column.lines for column in columns])
        signs, bounds = _joined([sign for each in columns for sign in (each.start, each.end, each.absent)] + [between])
        are_lists = np.array([column.stops is not None for column in columns])
        longest = sum(max(len(each.start) + len(each.end), len(each.absent)) for each in columns) + len(between)
        text = np.empty(len(lines) + count * longest, np.uint8)
        ends = np.array(stops, np.int64).reshape(len(stops), count)
        return text[: self._entries["rows_text"](lines, places, are_lists, ends, signs, bounds, count, text)].tobytes()


def _joined(texts: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Texts one behind the other, with a word to spare; where each begins, and where the last one ends."""
    starts = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([*map(len, texts)], out=starts[1:])
    return np.frombuffer(b"".join((*texts, _SPARE)), np.uint8), starts
