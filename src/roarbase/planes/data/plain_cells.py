"""The cells of a native answer, a column at a time: numbers, strings and lists as JSON has them.

A decimal is a number with exactly as many digits behind its point as its scale says, a timestamp RFC 3339 in UTC.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Raw

from roarbase.model.results import DataType, ResultColumn
from roarbase.model.timestamps import timestamp_text

__all__ = ["decimal_text", "plain_cells"]


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
        return [None if cell is None else timestamp_text(cell, column.scale) for cell in cells]
    return cells
