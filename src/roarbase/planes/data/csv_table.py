"""The answer of the later SQL as CSV: a row of names, then the rows.

Null is an empty cell, an empty string one in quotes. Sets are JSON, decimals have their full scale, moments are RFC
3339 in UTC. Source: RFC 4180.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from roarbase.model.results import DataType, Remarked, Result, ResultColumn
from roarbase.model.timestamps import timestamp_text
from roarbase.planes.data.plain_cells import decimal_text, plain_cells

__all__ = ["render_csv"]

_ROWS_IN_A_PIECE = 4096
_SPECIAL = ',"\r\n'


def render_csv(answer: Result | Remarked) -> Iterator[bytes]:
    """The answer in pieces of a few thousand rows.

    >>> from roarbase.model.results import CountResult
    >>> b"".join(render_csv(CountResult(count=3)))
    b'count\\r\\n3\\r\\n'
    """
    columns = answer.table().columns
    if not columns:
        return
    yield _lines([tuple(_quoted(column.name) for column in columns)])
    for start in range(0, len(columns[0].cells), _ROWS_IN_A_PIECE):
        texts = [_texts(column, start, start + _ROWS_IN_A_PIECE) for column in columns]
        yield _lines([*zip(*texts, strict=True)])


def _lines(rows: Sequence[tuple[str, ...]]) -> bytes:
    return "".join(f"{','.join(row)}\r\n" for row in rows).encode("utf-8", "replace")


def _texts(column: ResultColumn, start: int, stop: int) -> list[str]:
    write_scaled = _SCALED.get(column.type)
    if write_scaled is not None:
        cells: Sequence[Any] = column.cells[start:stop]
        return ["" if cell is None else write_scaled(cell, column.scale) for cell in cells]
    write = _WRITTEN.get(column.type, str)
    return ["" if cell is None else write(cell) for cell in plain_cells(column, start, stop)]


def _quoted(text: str) -> str:
    if text and not any(sign in text for sign in _SPECIAL) and text == text.strip():
        return text
    return '"' + text.replace('"', '""') + '"'


def _listed(cell: Any) -> str:
    return _quoted(msgspec.json.encode(cell).decode())


_SCALED: dict[DataType, Callable[[int, int], str]] = {
    DataType.DECIMAL: decimal_text,
    DataType.TIMESTAMP: timestamp_text,
}
_WRITTEN: dict[DataType, Callable[[Any], str]] = {
    DataType.STRING: _quoted,
    DataType.BOOL: lambda cell: "true" if cell else "false",
    DataType.UINT64_SET: _listed,
    DataType.STRING_SET: _listed,
    DataType.FLOAT64_LIST: _listed,
}
