"""Many pieces of one text, as places in its bytes: cells of CSV, literals of VALUES, members of sets."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.kernels.cells.plain import PlainCells
from roarbase.engine.kernels.cells.port import CellKernels, Places
from roarbase.model.batch import KeyedRows
from roarbase.model.encoded_texts import EncodedTexts

__all__ = ["Texts", "letters_of"]

_PLAIN = PlainCells()
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
        kernels: What reads them.
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
    def places(self) -> Places:
        return self.starts, self.stops

    @property
    def widths(self) -> NDArray[np.int64]:
        """How many bytes each piece has."""
        return self.stops - self.starts

    def within(self, starts: NDArray[np.int64], stops: NDArray[np.int64]) -> "Texts":
        """Other pieces of the same text."""
        return Texts(self.whole, self.letters, starts, stops, self.kernels)

    def inner(self) -> "Texts":
        """The pieces without their first and last bytes."""
        return self.within(self.starts + 1, self.stops - 1)

    def part(self, start: int, stop: int) -> "Texts":
        """Some of the pieces that stand together."""
        return self.within(self.starts[start:stop], self.stops[start:stop])

    def spread(self, are_there: NDArray[np.bool_]) -> "Texts":
        """The pieces at some rows, and empty ones at the others."""
        starts, stops = np.zeros((2, len(are_there)), np.int64)
        starts[are_there], stops[are_there] = self.places
        return self.within(starts, stops)

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

    def without_leading(self, blanks: str) -> "Texts | None":
        """The pieces from their first byte on that is no blank; None if one has very many."""
        starts = _behind_blanks(self.letters, self.starts, self.stops, _table_of(blanks))
        return None if starts is None else self.within(starts, self.stops)

    def without_blanks(self) -> "Texts":
        """The pieces without blanks at either end."""
        return self.within(*self.kernels.trimmed(self.letters, self.places))

    def parts(self, separator: str, *, are_literals: bool) -> "tuple[NDArray[np.int64], Texts, int]":
        """Cut where a separator stands: offsets, parts and forms as `CellKernels.parts` has them."""
        found = self.kernels.parts(self.letters, self.places, ord(separator), are_literals=are_literals)
        return found.offsets, self.within(*found.places), found.forms

    def distinct(self) -> KeyedRows:
        """Each string once, in the order of first occurrence."""
        codes, firsts = self.kernels.distinct(self.letters, self.places)
        blob, ends = self.kernels.joined(self.letters, (self.starts[firsts], self.stops[firsts]))
        return KeyedRows(keys=EncodedTexts(blob, ends), codes=codes)


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
