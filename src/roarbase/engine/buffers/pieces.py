"""Pieces: what a column holds in one shard, as plain arrays under the names that snapshots give them.

A column gives its pieces in two steps, so that the writer waits for the first one only: `image` takes copies
of what changes in place, and references to what is never changed; calling the image works out the rest.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Image", "Piece", "Pieces", "copy_of", "no_pieces"]


class Piece(NamedTuple):
    """One array.

    Attributes:
        what: Its name, which says how it is to be read.
        values: One dimension, unsigned integers or int64.
        base: What they count from, where that has a meaning.
    """

    what: str
    values: NDArray[Any]
    base: int = 0


Pieces = Mapping[str, Piece]
"""The pieces of one column in one shard, by their names. Arrays to be taken over begin at multiples of 64 bytes."""

Image = Callable[[], list[Piece]]
"""Gives the pieces as they were when it was made, whenever it is called."""


def no_pieces() -> list[Piece]:
    """The image of a shard in which a column holds nothing."""
    return []


def copy_of(buffer: NDArray[Any]) -> NDArray[Any]:
    """A copy in one dimension."""
    return np.array(buffer).reshape(-1)
