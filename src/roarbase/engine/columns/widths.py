"""The width of a number column: how many bytes per value, and what the values count from."""

import numpy as np
from numpy.typing import DTypeLike

from roarbase.model.fields import INT64_MAX, INT64_MIN

__all__ = ["CODE_TYPES", "OFFSET_TYPES", "choose_width", "code_width"]

OFFSET_TYPES: dict[int, DTypeLike] = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.int64}
"""By bytes per value; 8 holds the values themselves."""

CODE_TYPES: dict[int, DTypeLike] = {1: np.uint8, 2: np.uint16, 4: np.uint32}


def choose_width(low: int, high: int) -> tuple[int, int]:
    """The narrowest width for numbers from `low` to `high`, and the base in the middle of its slack.

    Values that later come a little below or above then still fit. Base plus any offset stays
    within 64 bits.

    >>> choose_width(100, 500), choose_width(0, 255), choose_width(-(2**63), 0)
    ((2, -32467), (1, 0), (8, 0))
    """
    for width in (1, 2, 4):
        slack = (1 << 8 * width) - 1 - (high - low)
        if slack >= 0:
            return width, min(max(low - slack // 2, INT64_MIN), INT64_MAX + 1 - (1 << 8 * width))
    return 8, 0


def code_width(highest: int) -> int:
    """The narrowest width for codes up to this one, counted from 1.

    >>> [code_width(code) for code in (1, 255, 256, 65536)]
    [1, 1, 2, 4]
    """
    if highest < 1 << 8:
        return 1
    return 2 if highest < 1 << 16 else 4
