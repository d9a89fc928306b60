"""The answer of the later SQL: columns with their types, rows of plain JSON values.

    {"schema":{"fields":[{"name":"d","type":"decimal(2)","base-type":"decimal","type-info":{"scale":2}}]},
     "data":[[12.30]],"execution-time":1234}

`warnings` and `query-plan` stand before the time, where there are any.
A decimal is a number with its full scale, a set a list. Source: spec sql, B12.
"""

from collections.abc import Iterator

import msgspec

from roarbase.errors import RequestError
from roarbase.model.results import DataType, Remarked, Result, ResultColumn
from roarbase.model.row_text import RowsText, rows_text
from roarbase.planes.data.bodies import SqlColumn
from roarbase.planes.data.plain_cells import plain_text

__all__ = ["render_sql"]

_encode = msgspec.json.encode
_ROWS_IN_A_PIECE = 4096


def render_sql(
    answer: Result | Remarked | RequestError, duration_us: int, write: RowsText = rows_text
) -> Iterator[bytes]:
    """The answer in pieces of a few thousand rows, which `write` puts together.

    >>> from roarbase.errors import BadRequest
    >>> b"".join(render_sql(BadRequest("no"), 7))
    b'{"error":"no","execution-time":7}'
    """
    end = b',"execution-time":%d}' % duration_us
    if isinstance(answer, RequestError):
        # A lone surrogate out of a client's text cannot be encoded; the answer must not fail over it.
        yield b'{"error":' + _encode(answer.message.encode("utf-8", "replace").decode()) + end
        return
    columns = answer.table().columns
    yield b'{"schema":{"fields":' + _encode([_header(column) for column in columns]) + b'},"data":['
    for start in range(0, len(columns[0].cells) if columns else 0, _ROWS_IN_A_PIECE):
        stop, last = start + _ROWS_IN_A_PIECE, len(columns) - 1
        texts = [
            plain_text(column, column.cells[start:stop], b"," if place else b"[", b"" if place < last else b"]")
            for place, column in enumerate(columns)
        ]
        yield (b"," if start else b"") + write(texts, b",")
    yield b"]" + (_remarks(answer) if isinstance(answer, Remarked) else b"") + end


def _remarks(answer: Remarked) -> bytes:
    warnings = b',"warnings":' + _encode(answer.warnings) if answer.warnings else b""
    return warnings + (b',"query-plan":' + answer.plan.encode() if answer.plan else b"")


def _header(column: ResultColumn) -> SqlColumn:
    scale = {"scale": column.scale} if column.type is DataType.DECIMAL else None
    return SqlColumn(
        name=column.name, type=column.sql_type, base_type=column.sql_type.partition("(")[0], type_info=scale
    )
