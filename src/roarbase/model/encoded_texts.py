"""Strings that stay bytes until somebody looks at one: most keys of a batch are known, and looked up by their bytes."""

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

__all__ = ["EncodedTexts"]


class EncodedTexts(Sequence[str]):
    """Texts in UTF-8, one behind the other.

    Args:
        blob: uint8, all bytes.
        ends: int64, where each text ends.

    >>> texts = EncodedTexts(np.frombuffer(b"abc", np.uint8), np.array([1, 3]))
    >>> texts[1], [*texts]
    ('bc', ['a', 'bc'])
    """

    def __init__(self, blob: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        self.blob = blob
        self.ends = ends
        self._strings: list[str] | None = None

    def __len__(self) -> int:
        return len(self.ends)

    def __iter__(self) -> Iterator[str]:
        return iter(self._decoded())

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        return self._decoded()[place]

    def _decoded(self) -> list[str]:
        if self._strings is None:
            blob, stops = self.blob.tobytes(), self.ends.tolist()
            pairs = zip([0, *stops], stops, strict=False)
            if blob.isascii():
                joined = blob.decode("ascii")
                self._strings = [joined[start:stop] for start, stop in pairs]
            else:
                self._strings = [blob[start:stop].decode("utf-8", "surrogatepass") for start, stop in pairs]
        return self._strings
