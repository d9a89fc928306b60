"""Many pieces of one text, as places in its bytes: cells of CSV, literals of VALUES, members of sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.cells.plain import PlainCells
from roarbase.engine.kernels.cells.port import BLANKS, CellKernels

__all__ = ["Texts", "letters_of", "split"]

_PLAIN = PlainCells()
_BLANKS = BLANKS.decode()
_NO_BLANK = ord("!")
"""All blanks are below."""
_MOST_BLANKS = 64
"""More on one side of a cell, and the cells are left to whoever looks at them one by one."""


@cache
def _table_of(blanks: str) -> NDArray[np.bool_]:
    return np.isin(np.arange(256), letters_of(blanks))


def letters_of(text: str) -> NDArray[np.uint8]:
    """The bytes of a text in UTF-8."""
    return np.frombuffer(text.encode(), np.uint8)


@dataclass(frozen=True, slots=True)
class Texts:
    """Piece i is `letters[starts[i]:stops[i]]`.

    Attributes:
        whole: The text that `letters` are.
        starts: int64, places of bytes.
        stops: The same, none before its start.
        kernels: What reads numbers from them.
    """

    whole: str
    letters: NDArray[np.uint8]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    kernels: CellKernels = _PLAIN

    @classmethod
    def of(cls, cells: Sequence[str], kernels: CellKernels = _PLAIN) -> Self:
        """Strings as pieces."""
        whole = "".join(cells)
        sizes = map(len, cells) if whole.isascii() else (len(cell.encode()) for cell in cells)
        widths = np.fromiter(sizes, np.int64, len(cells))
        stops = np.cumsum(widths)
        return cls(whole, letters_of(whole), stops - widths, stops, kernels)

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def widths(self) -> NDArray[np.int64]:
        """How many bytes each piece has."""
        return self.stops - self.starts

    @property
    def firsts(self) -> NDArray[np.uint8]:
        """The first byte of each piece, none of which may be empty."""
        return self.letters[self.starts]

    @property
    def lasts(self) -> NDArray[np.uint8]:
        """The last byte of each piece, none of which may be empty."""
        return self.letters[self.stops - 1]

    def within(self, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> "Texts":
        """Other pieces of the same text."""
        return Texts(self.whole, self.letters, starts, stops, self.kernels)

    def inner(self) -> "Texts":
        """The pieces without their first and last bytes."""
        return self.within(self.starts + 1, self.stops - 1)

    def chosen(self, are_chosen: NDArray[np.bool_]) -> "Texts":
        """Some of the pieces."""
        return self.within(self.starts[are_chosen], self.stops[are_chosen])

    def strings(self) -> list[str]:
        """The pieces as strings."""
        places = zip(self.starts.tolist(), self.stops.tolist(), strict=True)
        if self.whole.isascii():
            whole = self.whole
            return [whole[start:stop] for start, stop in places]
        letters = self.letters.tobytes()
        return [letters[start:stop].decode() for start, stop in places]

    def are(self, word: bytes) -> NDArray[np.bool_]:
        """Which pieces are a word of lower case, written in any case."""
        found: NDArray[np.bool_] = self.widths == len(word)
        for place, letter in enumerate(word):
            if not found.any():
                break
            found[found] = self.letters[self.starts[found] + place] | 0x20 == letter
        return found

    def block(self, width: int) -> NDArray[np.uint8] | None:
        """The bytes of pieces that all have one width, a row each; None if they have not."""
        if not len(self) or not (self.widths == width).all():
            return None
        found: NDArray[np.uint8] = self.letters[self.starts[:, None] + np.arange(width)]
        return found

    def without_leading(self, blanks: str = _BLANKS) -> "Texts | None":
        """The pieces from their first byte on that is no blank; None if one has very many."""
        starts = _behind_blanks(self.letters, self.starts, self.stops, _table_of(blanks))
        return None if starts is None else self.within(starts, self.stops)

    def without_blanks(self) -> "Texts | None":
        """The pieces without blanks at either end; None if one has very many."""
        led = self.without_leading()
        if led is None:
            return None
        # The same from the other end, with the text turned around.
        last = len(self.letters)
        stops = _behind_blanks(self.letters[::-1], last - led.stops, last - led.starts, _table_of(_BLANKS))
        return None if stops is None else self.within(led.starts, last - stops)


def _behind_blanks(
    letters: NDArray[np.uint8], starts: NDArray[np.int64], stops: NDArray[np.int64], are_blanks: NDArray[np.bool_]
) -> NDArray[np.int64] | None:
    """Where the first byte is that is no blank; None if one piece has very many."""
    for _ in range(_MOST_BLANKS if len(letters) else 0):
        firsts = letters[np.minimum(starts, len(letters) - 1)]
        if firsts.min(initial=_NO_BLANK) >= _NO_BLANK:
            return starts
        is_blank = are_blanks[firsts] & (starts < stops)
        if not is_blank.any():
            return starts
        starts = starts + is_blank
    return None if len(letters) else starts


def split(texts: Texts, separators: NDArray[np.int64]) -> tuple[NDArray[np.int64], Texts]:
    """Pieces cut where separators stand.

    Args:
        separators: Places of bytes in ascending order; those outside of the pieces do not count.

    Returns:
        The parts of piece i are those from `offsets[i]` to `offsets[i + 1]`. An empty piece has one, an empty one.
    """
    if not len(texts):
        return np.zeros(1, np.int64), texts
    owners = np.searchsorted(texts.starts, separators, side="right") - 1
    are_inside = (owners >= 0) & (separators < texts.stops[owners])
    owners, separators = owners[are_inside], separators[are_inside]
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.bincount(owners, minlength=len(texts)) + 1, out=offsets[1:])
    places = np.arange(len(separators)) + owners  # of the part before each separator
    starts = np.empty(offsets[-1], np.int64)
    stops = np.empty(offsets[-1], np.int64)
    starts[offsets[:-1]], stops[offsets[1:] - 1] = texts.starts, texts.stops
    stops[places], starts[places + 1] = separators, separators + 1
    return offsets, texts.within(starts, stops)
