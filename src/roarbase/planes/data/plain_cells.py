"""The cells of a native answer, a column at a time: numbers, strings and lists as JSON has them.

A decimal is a number with exactly as many digits behind its point as its scale says, a timestamp RFC 3339 in UTC.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw

from roarbase.model.results import DataType, ResultColumn
from roarbase.model.timestamps import timestamp_text

__all__ = ["decimal_text", "plain_cells"]

_encode_lines = msgspec.json.Encoder().encode_lines


def decimal_text(number: int, scale: int) -> str:
    """A scaled integer as a decimal number.

    >>> decimal_text(-5, 2)
    '-0.05'
    """
    if not scale:
        return str(number)
    digits = f"{abs(number):0{scale + 1}d}"
    return f"{'-' if number < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"


def plain_cells(column: ResultColumn, start: int = 0, stop: int | None = None) -> Sequence[Any]:
    """Some cells of a column as msgspec encodes them."""
    cells: Sequence[Any] = column.cells[start:stop]
    if column.type is DataType.DECIMAL:
        return [None if cell is None else Raw(decimal_text(cell, column.scale).encode()) for cell in cells]
    if column.type is DataType.TIMESTAMP:
        if not column.scale:
            return _whole_seconds(cells)
        return [None if cell is None else timestamp_text(cell, column.scale) for cell in cells]
    return cells


def _whole_seconds(cells: Sequence[int | None]) -> list[Raw]:
    """Moments in seconds since 1970, all written at once: one by one takes ten times as long.

    >>> [bytes(cell) for cell in _whole_seconds([0, None])]
    [b'"1970-01-01T00:00:00Z"', b'null']
    """
    if not cells:
        return []
    moments = np.array(cells, "M8[s]").tolist()  # datetimes without a zone: no Z is written behind them
    return [*map(Raw, _encode_lines(moments).replace(b'"\n', b'Z"\n').splitlines())]
