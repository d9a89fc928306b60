"""The compiled cells: the port's questions as calls of machine code, each in the caller's thread."""

import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.cells.port import NOT_READ, LiteralRows, Parts, Places
from roarbase.model.row_text import ColumnText, rows_text

__all__ = ["FastCells"]

_OPEN = ord("(")
_SPARE = bytes(8)
_KEY_BYTES = 16
_MANY_ROWS = 16
"""Fewer are put together in Python: a call of machine code is prepared in the time that this takes."""


class FastCells:
    """`roarbase.engine.kernels.cells.port.CellKernels` in machine code."""

    def __init__(self, entries: Entries) -> None:
        self._entries = entries
        self._key = np.frombuffer(secrets.token_bytes(_KEY_BYTES), np.uint64)

    def rows(self, letters: NDArray[np.uint8], width: int) -> LiteralRows | None:
        most = self._entries["occurrences"](letters, _OPEN)
        starts, stops = np.empty((2, width, most), np.int64)
        forms = np.zeros(width, np.int64)
        count = self._entries["literal_rows"](letters, starts, stops, forms)
        if not count:
            return None
        places = np.ascontiguousarray(starts[:, :count]), np.ascontiguousarray(stops[:, :count])
        return LiteralRows(places, forms.tolist())

    def parts(self, letters: NDArray[np.uint8], places: Places, separator: int, *, are_literals: bool) -> Parts:
        cells = _whole(letters, places)
        most = self._entries["occurrences"](letters, separator) + len(places[0])
        offsets, (starts, stops) = np.empty(len(places[0]) + 1, np.int64), np.empty((2, most), np.int64)
        forms = self._entries["parts"](*cells, separator, are_literals, offsets, starts, stops)
        count = offsets[-1]
        return Parts(offsets, (starts[:count], stops[:count]), forms)

    def trimmed(self, letters: NDArray[np.uint8], places: Places) -> Places:
        starts, stops = np.empty((2, len(places[0])), np.int64)
        self._entries["trimmed"](*_whole(letters, places), starts, stops)
        return starts, stops

    def joined(self, letters: NDArray[np.uint8], places: Places) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        starts, stops = places
        ends = (stops - starts).cumsum()
        blob = np.empty(ends[-1] if len(ends) else 0, np.uint8)
        self._entries["joined"](*_whole(letters, places), ends, blob)
        return blob, ends

    def decimals(self, letters: NDArray[np.uint8], places: Places, scale: int) -> tuple[NDArray[np.int64], int] | None:
        found = np.empty(len(places[0]), np.int64)
        most = self._entries["decimals"](*_whole(letters, places), scale, found)
        return None if most == NOT_READ else (found, most)

    def moments(self, letters: NDArray[np.uint8], places: Places) -> NDArray[np.int64] | None:
        found = np.empty(len(places[0]), np.int64)
        return found if self._entries["moments"](*_whole(letters, places), found) else None

    def distinct(self, letters: NDArray[np.uint8], places: Places) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        codes, firsts = np.empty((2, len(places[0])), np.int64)
        slots = np.zeros(2 << len(places[0]).bit_length(), np.uint64)
        count = self._entries["distinct"](*_whole(letters, places), self._key, slots, codes, firsts)
        return codes, firsts[:count]

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


def _whole(letters: NDArray[np.uint8], places: Places) -> tuple[NDArray[Any], ...]:
    """Pieces as machine code takes them, their places without gaps in between."""
    starts, stops = places
    return letters, np.ascontiguousarray(starts), np.ascontiguousarray(stops)


def _joined(texts: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Texts one behind the other, with a word to spare; where each begins, and where the last one ends."""
    starts = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([*map(len, texts)], out=starts[1:])
    return np.frombuffer(b"".join((*texts, _SPARE)), np.uint8), starts
