"""Columns of texts as moments, all cells at once; None where a cell is written otherwise than nearly all are."""

import re

import numpy as np
from numpy.typing import NDArray

from roarbase.query.sql.later.columns.texts import Texts

__all__ = ["moments"]

_SECOND = b"0000-00-00T00:00:00Z"
_DAY = b"0000-00-00"
_DIGITS_AS_ZERO = bytes(ord("0") if chr(code).isdigit() else code for code in range(128)) + bytes(128)
_FIRST_CENTURY, _LAST_CENTURY = 17, 21  # of years that fit in 64 bits of nanoseconds
# 24:00 and a 60th second are for the single way.
_MOMENTS = re.compile(
    r"(?>(?:1[7-9]|2[01])[0-9]{2}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z,)++"
)


def moments(texts: Texts) -> NDArray[np.int64] | None:
    """Dates, or moments in UTC, in nanoseconds since 1970."""
    if not len(texts):
        return np.zeros(0, np.int64)
    try:
        for form in (_SECOND, _DAY):
            block = texts.block(len(form))
            if block is not None:
                return _of_form(block, form)
        return _of_any_length(texts)
    except ValueError:  # no such day, or hour
        return None


def _of_form(block: NDArray[np.uint8], form: bytes) -> NDArray[np.int64] | None:
    if block.tobytes().translate(_DIGITS_AS_ZERO) != form * len(block):
        return None
    centuries = block[:, 0].astype(np.int64) * 10 + block[:, 1] - 11 * ord("0")
    if centuries.min() < _FIRST_CENTURY or centuries.max() > _LAST_CENTURY:
        return None
    width = len(form.removesuffix(b"Z"))
    return np.ascontiguousarray(block[:, :width]).view(f"S{width}").astype("M8[ns]").ravel().view(np.int64)


def _of_any_length(texts: Texts) -> NDArray[np.int64] | None:
    cells = texts.strings()
    if _MOMENTS.fullmatch(",".join(cells) + ",") is None:
        return None
    return np.array([cell[:-1] for cell in cells], "datetime64[ns]").view(np.int64)
