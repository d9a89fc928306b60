"""The compiled cells: the port's questions as calls of machine code, each in the caller's thread."""

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.calls import Entries
from roarbase.engine.kernels.cells.port import Places

__all__ = ["FastCells"]

_OPEN = b"("


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
