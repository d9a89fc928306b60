"""The cell port: what a text of values says, found and read byte by byte, and texts of rows put together.

What is not written as nearly all is gives None: whoever asks then takes a closer look himself, and says what is wrong.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from roarbase.model.row_text import ColumnText

__all__ = [
    "BLANKS",
    "DOUBLED",
    "FIRST_YEAR",
    "LAST_YEAR",
    "LIST",
    "NOT_READ",
    "NULL",
    "OTHER",
    "SURE_DIGITS",
    "TEXT",
    "TRUTH",
    "CellKernels",
    "LiteralRows",
    "Parts",
    "Places",
]

BLANKS = b" \t\r\n"
SURE_DIGITS = 18
"""Numbers of so many digits fit in 64 bits."""
FIRST_YEAR, LAST_YEAR = 1700, 2199
"""All moments of these years fit in 64 bits of nanoseconds."""
NOT_READ = -1

NULL, TRUTH, TEXT, DOUBLED, LIST, OTHER = (1 << place for place in range(6))
"""Forms of literals, which are added up: the word null, true or false in any case of letters; text in quotes with none
within, or with doubled ones; what begins and ends with a bracket; anything else, as a number."""

Places = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Where pieces of a text begin, and where they end: places of bytes, the end not included."""


class LiteralRows(NamedTuple):
    """Cells of rows: places as two arrays [width, rows], and of each column the forms that its cells have."""

    places: Places
    forms: list[int]


class Parts(NamedTuple):
    """The parts of piece i are those from `offsets[i]` to `offsets[i + 1]`; `forms` are those that any of them has."""

    offsets: NDArray[np.int64]
    places: Places
    forms: int


class CellKernels(Protocol):
    """Questions about the bytes of a text in UTF-8."""

    def rows(self, letters: NDArray[np.uint8], width: int) -> LiteralRows | None:
        """The cells of rows such as `(1, 'a', [2, 3]), (4, 'b', [5])`, without blanks at either end.

        A cell is anything but blanks alone. Signs within quotes do not count, nor do commas within brackets.

        Args:
            width: How many cells a row has.

        Returns:
            None if these are not such rows, or there is none.
        """
        ...

    def parts(self, letters: NDArray[np.uint8], places: Places, separator: int, *, are_literals: bool) -> Parts:
        """Pieces cut where a separator stands, parts without blanks at either end.

        An empty piece has one part, an empty one; an empty part has no form.

        Args:
            are_literals: Separators within quotes do not count, and forms are told.
        """
        ...

    def trimmed(self, letters: NDArray[np.uint8], places: Places) -> Places:
        """Pieces without blanks at either end."""
        ...

    def joined(self, letters: NDArray[np.uint8], places: Places) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """The bytes of pieces one behind the other, and where each ends there."""
        ...

    def decimals(self, letters: NDArray[np.uint8], places: Places, scale: int) -> tuple[NDArray[np.int64], int] | None:
        """Numbers with a point or without, in units of so many places; what is more exact is cut off.

        A number has digits, `-` in front of them if it is negative, and unless `scale` is 0 perhaps one point.

        Returns:
            An int64 for each piece, and how many digits stand behind a point at most; None if one of them is no such
            number, or with `scale` places has more than `SURE_DIGITS` digits.
        """
        ...

    def moments(self, letters: NDArray[np.uint8], places: Places) -> NDArray[np.int64] | None:
        """Dates, and moments such as `2022-06-30T12:00:00.25Z`, in nanoseconds since 1970.

        Returns:
            None if one of them is none, or not between `FIRST_YEAR` and `LAST_YEAR`.
        """
        ...

    def distinct(self, letters: NDArray[np.uint8], places: Places) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Pieces numbered as they first occur: the number of each, and of each number the first piece that has it."""
        ...

    def rows_text(self, columns: Sequence[ColumnText], between: bytes) -> bytes:
        """Rows as text: see `roarbase.model.row_text.RowsText`."""
        ...
