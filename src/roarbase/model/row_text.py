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
    cells = [each.lines[:-1].split(b"\n") if each.stops is None else _lists(each) for each in columns]
    starts = [each.start if each.stops is None else b"" for each in columns]
    ends = [each.end if each.stops is None else b"" for each in columns]
    # What one cell ends and the next begins with is put between them as one piece.
    behind = [end + start for end, start in zip(ends, (*starts[1:], between + starts[0]), strict=True)]
    row = [text for each in behind for text in (b"", each)]
    pieces = row * len(cells[0])
    for place, column in enumerate(cells):
        pieces[2 * place :: len(row)] = column
    pieces[-1] = ends[-1]
    return starts[0] + b"".join(pieces)


def _lists(column: ColumnText) -> list[bytes]:
    """The whole cells of a column of lists."""
    values, start = column.lines.split(b"\n"), 0
    cells = []
    for stop in column.stops or ():
        some = values[start:stop]
        cells.append(column.start + b",".join(some) + column.end if some else column.absent)
        start = stop
    return cells
