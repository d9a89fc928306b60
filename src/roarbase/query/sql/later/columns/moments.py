"""Columns of texts as moments, all cells at once; None where a cell is written otherwise than nearly all are."""

import numpy as np
from numpy.typing import NDArray

from roarbase.query.sql.later.columns.texts import Texts

__all__ = ["moments"]


def moments(texts: Texts) -> NDArray[np.int64] | None:
    """Dates, or moments in UTC, in nanoseconds since 1970."""
    return texts.kernels.moments(texts.letters, texts.places)
