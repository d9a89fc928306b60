"""Lists out of tokens: JSON arrays, and strings that hold one separated by commas.

The arrays of all records are read by one call of the decoder; only if that fails, one by one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Generic, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from roarbase.ingest.text import text_of_string
from roarbase.ingest.tokens import Tokens

__all__ = ["Lists", "read_lists", "unbracketed"]

_Element = TypeVar("_Element")


@dataclass(kw_only=True, slots=True)
class Lists(Generic[_Element]):
    """The elements of all lists behind one another. `wrong` are the tokens that hold no list."""

    elements: list[_Element]
    lengths: NDArray[np.int64]
    wrong: list[int] = field(default_factory=list)

    def without(self, unwanted: _Element) -> "Lists[_Element]":
        """The lists with every element equal to this one left out."""
        keep = np.fromiter((element != unwanted for element in self.elements), np.bool_, len(self.elements))
        owners = np.repeat(np.arange(len(self.lengths)), self.lengths)
        return Lists(
            elements=[element for element in self.elements if element != unwanted],
            lengths=np.bincount(owners[keep], minlength=len(self.lengths)).astype(np.int64),
            wrong=self.wrong,
        )


def unbracketed(text: str) -> str:
    """The text without one pair of square brackets around it.

    >>> unbracketed("[1,2]"), unbracketed("1,2")
    ('1,2', '1,2')
    """
    return text[1:-1] if text.startswith("[") and text.endswith("]") else text


def read_lists(
    tokens: Tokens,
    *,
    array: msgspec.json.Decoder[list[_Element]],
    arrays: msgspec.json.Decoder[list[list[_Element]]],
    split: Callable[[str], Sequence[_Element]],
) -> Lists[_Element]:
    """The list in each token. Missing values and nulls give empty lists.

    Args:
        array: Reads one array token; what it refuses is `wrong`.
        arrays: Reads an array of such arrays.
        split: Takes a string apart.
    """
    if tokens.begin_with("[").all():
        try:
            return _joined(arrays.decode(b"[" + b",".join(tokens.items) + b"]"))
        except (msgspec.MsgspecError, RecursionError):
            pass  # an element is wrong: find out which
    found: list[Sequence[_Element]] = []
    wrong: list[int] = []
    for row, item in enumerate(tokens.items):
        token = bytes(item)
        try:
            found.append(_one(token, array, split))
        except (msgspec.MsgspecError, RecursionError):
            found.append(())
            wrong.append(row)
    return _joined(found, wrong)


def _one(
    token: bytes, array: msgspec.json.Decoder[list[_Element]], split: Callable[[str], Sequence[_Element]]
) -> Sequence[_Element]:
    if token in (b"", b"null"):
        return ()
    return split(text_of_string(token)) if token[:1] == b'"' else array.decode(token)


def _joined(found: Sequence[Sequence[_Element]], wrong: list[int] | None = None) -> Lists[_Element]:
    return Lists(
        elements=list(chain.from_iterable(found)),
        lengths=np.fromiter(map(len, found), np.int64, len(found)),
        wrong=wrong or [],
    )
