"""Tokens: the JSON texts that one definition finds in the records of a request, side by side.

A token is the exact bytes of one value, such as `12`, `"5.1"`, `null` or `[1, 2]`; empty bytes
stand for a value that is missing. Converters look at all of them at once through numpy, and
turn to single tokens for the unusual ones only.
"""

from collections.abc import Sequence
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

__all__ = ["MISSING", "NULL", "Token", "Tokens"]

Token = bytes | msgspec.Raw

MISSING = msgspec.Raw(b"")
NULL = msgspec.Raw(b"null")

_NEWLINE = 10
_ORDINARY_WIDTH = 24
"""Room behind the last token, so that reading a few bytes from any start stays inside."""


class Tokens:
    """The tokens of one column, in record order.

    Attributes:
        items: The tokens themselves; each is one whole JSON value, or empty.
        text: All of them behind one another with a newline between, then padding.
        starts: Where each begins in `text`.
        lengths: How many bytes each has; 0 is a missing value.
    """

    def __init__(self, items: Sequence[Token]) -> None:
        self.items = items
        joined = b"\n".join(items) + b"\n" * _ORDINARY_WIDTH
        self.text: NDArray[np.uint8] = np.frombuffer(joined, np.uint8)
        self.lengths = self._measure()
        self.starts: NDArray[np.int64] = np.cumsum(self.lengths + 1) - self.lengths - 1

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, row: int) -> bytes:
        return bytes(self.items[row])

    def _measure(self) -> NDArray[np.int64]:
        used = len(self.text) - _ORDINARY_WIDTH + 1
        ends = np.flatnonzero(self.text[:used] == _NEWLINE)
        if len(ends) == len(self.items):
            return np.diff(ends, prepend=-1) - 1
        # An array or object may be written over several lines.
        return np.fromiter(map(len, map(bytes, self.items)), np.int64, len(self.items))

    @cached_property
    def first(self) -> NDArray[np.uint8]:
        """The first byte of each token; a newline where it is missing."""
        return self.text[self.starts]

    @property
    def are_missing(self) -> NDArray[np.bool_]:
        return np.equal(self.lengths, 0)

    @property
    def are_null(self) -> NDArray[np.bool_]:
        return np.equal(self.first, ord("n"))

    def begin_with(self, character: str) -> NDArray[np.bool_]:
        """Which tokens begin with this character: `"` tells strings, `[` arrays."""
        return np.equal(self.first, ord(character))
