"""The cells of a native answer, a column at a time: numbers, strings and lists as JSON has them.

A decimal is a number with exactly as many digits behind its point as its scale says, a timestamp RFC 3339 in UTC.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
import numpy as np
from msgspec import Raw

from roarbase.model.list_cells import ListCells
from roarbase.model.results import DataType, ResultColumn
from roarbase.model.row_text import ColumnText
from roarbase.model.timestamps import timestamp_text

__all__ = ["decimal_text", "plain_cells", "plain_text", "timestamp_lines"]

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


def plain_text(column: ResultColumn, cells: Sequence[Any], before: bytes, behind: bytes) -> ColumnText:
    """Some cells of a column as JSON, for rows that are put together from columns.

    Args:
        before: Stands before each cell, and
        behind: behind each of them.
    """
    if type(cells) is ListCells:
        lines = _encode_lines(cells.members)
        return ColumnText(before + b"[", lines, b"]" + behind, cells.stops, before + b"null" + behind)
    if column.type is DataType.DECIMAL:
        return ColumnText(before, _decimal_lines(cells, column.scale), behind)
    if column.type is DataType.TIMESTAMP:
        return ColumnText(before, timestamp_lines(cells, column.scale), behind)
    return ColumnText(before, _encode_lines(cells), behind)


def _decimal_lines(cells: Sequence[int | None], scale: int) -> bytes:
    r"""Scaled integers as decimal numbers, all written at once.

    >>> _decimal_lines([1234, -5, None, 0], 2)
    b'12.34\n-0.05\nnull\n0.00\n'
    """
    lines: bytes = _encode_lines(cells)
    if not scale:
        return lines
    short, point = _patterns(scale)
    lines = short.sub(lambda line: line[1] + line[2].zfill(scale + 1), lines)
    return point.sub(b".", lines)


@cache
def _patterns(scale: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Numbers with no digit before the point, and where the point goes."""
    return re.compile(rb"(?m)^(-?)([0-9]{1,%d})$" % scale), re.compile(rb"(?m)(?=[0-9]{%d}$)" % scale)


def _whole_seconds(cells: Sequence[int | None]) -> list[Raw]:
    """Moments in seconds since 1970, all written at once: one by one takes ten times as long.

    >>> [bytes(cell) for cell in _whole_seconds([0, None])]
    [b'"1970-01-01T00:00:00Z"', b'null']
    """
    if not cells:
        return []
    return [*map(Raw, timestamp_lines(cells, 0).splitlines())]


def timestamp_lines(cells: Sequence[int | None], scale: int) -> bytes:
    """Moments in parts of a second of so many places as RFC 3339, a line feed behind each."""
    if scale:
        return _encode_lines([None if cell is None else timestamp_text(cell, scale) for cell in cells])
    moments = np.array(cells, "M8[s]").tolist()  # datetimes without a zone: no Z is written behind them
    return _encode_lines(moments).replace(b'"\n', b'Z"\n')
