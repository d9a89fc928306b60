"""Where a wrong value stands, and the error that says so."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from roarbase.errors import InvalidParameter

__all__ = ["Place", "shown"]

_SHOWN_CHARACTERS = 60


def shown(value: object) -> str:
    """A value as an error repeats it: at most 60 characters.

    >>> shown("x" * 100)[-5:], shown(2.5)
    ('xx...', '2.5')
    """
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."


@dataclass(frozen=True, slots=True)
class Place:
    """A column of what was given.

    Attributes:
        column: Its name there.
        first_row: Where its rows begin, counted over all pieces of a load.
        offsets: Of the elements of lists: where those of each row begin.
    """

    column: str
    first_row: int = 0
    offsets: NDArray[np.int64] | None = None

    def inside(self, offsets: NDArray[np.int64]) -> "Place":
        """The place of the elements of lists that begin at these offsets."""
        return replace(self, offsets=offsets)

    def refused(self, what: str) -> InvalidParameter:
        """The error for the column as a whole."""
        return InvalidParameter(f"column {self.column!r}: {what}", column=self.column)

    def wrong(self, row: int, what: str) -> InvalidParameter:
        """The error for one of its values. `row` counts from 0, or says which element of the lists it is."""
        inside = ""
        if self.offsets is not None:
            row, inside = int(np.searchsorted(self.offsets, row, "right")) - 1, ", in the list"
        row += self.first_row
        return InvalidParameter(f"column {self.column!r}, row {row}{inside}: {what}", column=self.column, row=row)
