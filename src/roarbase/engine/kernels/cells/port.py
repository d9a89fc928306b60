"""The cell port: what a text of values says, found and read byte by byte, and texts of rows put together.

What is not written as nearly all is gives None: whoever asks then takes a closer look himself, and says what is wrong.
"""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from roarbase.model.row_text import ColumnText

__all__ = ["BLANKS", "SURE_DIGITS", "CellKernels", "Places"]

BLANKS = b" \t\r\n"
SURE_DIGITS = 18
"""Numbers of so many digits fit in 64 bits."""

Places = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Where pieces of a text begin, and where they end: places of bytes, the end not included."""


class CellKernels(Protocol):
    """Questions about the bytes of a text in UTF-8."""

    def rows(self, letters: NDArray[np.uint8], width: int) -> Places | None:
        """The cells of rows such as `(1, 'a', [2, 3]), (4, 'b', [5])`, without blanks at either end.

        A cell is anything but blanks alone. Signs within quotes do not count, nor do commas within brackets.

        Args:
            width: How many cells a row has.

        Returns:
            Two arrays [width, rows]; None if these are not such rows, or there is none.
        """
        ...

    def decimals(self, letters: NDArray[np.uint8], places: Places, scale: int) -> NDArray[np.int64] | None:
        """Numbers with a point or without, in units of so many places; what is more exact is cut off.

        A number has digits, `-` in front of them if it is negative, and unless `scale` is 0 perhaps one point.

        Returns:
            An int64 for each piece; None if one of them is no such number, or with `scale` places has more than
            `SURE_DIGITS` digits.
        """
        ...

    def rows_text(self, columns: Sequence[ColumnText], between: bytes) -> bytes:
        """Rows as text: see `roarbase.model.row_text.RowsText`."""
        ...
