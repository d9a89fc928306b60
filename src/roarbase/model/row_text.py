"""Rows as text, put together from the texts of their columns: what the renderers of answers share.

Kernels do it in machine code (`roarbase.engine.kernels.cells`); here is the plain way, which few rows always take.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

__all__ = ["ColumnText", "RowsText", "rows_text"]


class ColumnText(NamedTuple):
    """The cells of one column: of each what it begins with, its value or values, and what it ends with.

    Attributes:
        lines: The values of all cells, a line feed behind each.
        stops: Of cells that are lists: where each of them ends among the lines. Commas come between its values.
        absent: The whole cell where a list has no value.
    """

    start: bytes
    lines: bytes
    end: bytes
    stops: Sequence[int] | None = None
    absent: bytes = b""


RowsText = Callable[[Sequence[ColumnText], bytes], bytes]
"""Row by row the cells of all columns, which have equally many and one at least, and a text between rows."""


def rows_text(columns: Sequence[ColumnText], between: bytes) -> bytes:
    r"""See `RowsText`.

    >>> rows_text([ColumnText(b"<", b"1\n2\n", b"> "), ColumnText(b"[", b"3\n4\n", b"]", [0, 2], b"none")], b"; ")
    b'<1> none; <2> [3,4]'
    """
    return between.join([b"".join(row) for row in zip(*map(_cells, columns), strict=True)])


def _cells(column: ColumnText) -> list[bytes]:
    start, lines, end, stops, absent = column
    values = lines[:-1].split(b"\n")
    if stops is None:
        return [start + value + end for value in values]
    bounds = zip((0, *stops), stops, strict=False)
    return [start + b",".join(values[i:j]) + end if i < j else absent for i, j in bounds]
