"""The native answer of PQL: one result per call, each in the shape of its kind.

    {"results":[{"columns":[1,2]},5,[{"id":7,"key":"","count":3}]]}

Long results come in pieces: one piece of a million records would take the interpreter for a second, and every
other request would wait.
Source: PQL reference, "JSON shapes".
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from roarbase.model.results import (
    BoolResult,
    CountResult,
    DataType,
    DistinctResult,
    ExplainResult,
    ExtractResult,
    GroupsResult,
    NoResult,
    RecordsResult,
    Result,
    ResultColumn,
    RowResult,
    RowsResult,
    SortedResult,
    TopRowsResult,
    ValueCountResult,
)
from roarbase.planes.data.plain_cells import decimal_text, plain_cells

__all__ = ["render_native"]

_encode = msgspec.json.encode
_IN_A_PIECE = 4096
_IDS_IN_A_PIECE = 2**16
_ROWS = (DataType.UINT64, DataType.STRING, DataType.BOOL)


class _Counted(Struct):
    """A row with its count: an id, or a key beside the id 0."""

    id: int
    key: str
    count: int


class _Value(Struct):
    """A number of a field, by its type in one of four members."""

    value: int
    floatValue: float  # noqa: N815  as clients know it
    decimalValue: msgspec.Raw | None  # noqa: N815
    timestampValue: str  # noqa: N815
    count: int


class _Extracted(Struct):
    """A record with its values."""

    column: object
    rows: tuple[object, ...]


def render_native(results: Sequence[Result]) -> Iterator[bytes]:
    """The answer in pieces.

    >>> from roarbase.model.results import CountResult
    >>> b"".join(render_native([CountResult(count=3), CountResult(count=0)])).decode()
    '{"results":[3,0]}'
    """
    yield b'{"results":['
    for place, result in enumerate(results):
        if place:
            yield b","
        yield from _SHAPES[type(result)](result)
    yield b"]}"


# ---- records and rows ----------------------------------------------------------------------


def _list(cells: Sequence[Any], encode: Callable[[Sequence[Any]], bytes] = _encode) -> Iterator[bytes]:
    """A JSON array, some thousand members at a time."""
    yield b"["
    for start in range(0, len(cells), _IDS_IN_A_PIECE):
        yield (b"," if start else b"") + encode(cells[start : start + _IDS_IN_A_PIECE])[1:-1]
    yield b"]"


def _names(cells: Sequence[Any], *, is_keyed: bool) -> Iterator[bytes]:
    """`{"columns":[ids]}`, or keys in their own member."""
    if not is_keyed:
        yield b'{"columns":'
        yield from _list(cells)
    else:
        yield b'{"columns":[]'
        if len(cells):
            yield b',"keys":'
            yield from _list(cells)
    yield b"}"


def _records(result: RecordsResult) -> Iterator[bytes]:
    return _names(result.records, is_keyed=result.is_keyed)


def _rows(result: RowsResult) -> Iterator[bytes]:
    if result.is_keyed:
        yield b'{"rows":null'
        if len(result.rows):
            yield b',"keys":'
            yield from _list(result.rows)
    else:
        yield b'{"rows":'
        yield from _list(result.rows)
    yield b',"Field":%b}' % _encode(result.field)


def _distinct(result: DistinctResult) -> Iterator[bytes]:
    column = result.column
    if column.type is DataType.TIMESTAMP:
        yield b'{"Values":'
        yield from _list(plain_cells(column))
        yield b',"Name":%b}' % _encode(column.name)
    elif result.are_references:
        yield b'{"neg":{"columns":[]},"pos":'
        yield from _names(column.cells, is_keyed=True)
        yield b"}"
    elif column.type in _ROWS:
        is_keyed = column.type is DataType.STRING
        cells = [int(bool(cell)) for cell in column.cells] if column.type is DataType.BOOL else column.cells
        yield from _names(cells, is_keyed=is_keyed)
    else:
        numbers: Sequence[Any] = column.cells
        yield b'{"neg":{"columns":'
        yield from _list([-number for number in reversed(numbers) if number < 0])
        yield b'},"pos":{"columns":'
        yield from _list([number for number in numbers if number >= 0])
        yield b"}}"


def _counted(row: object, count: int) -> _Counted:
    return _Counted(0, row, count) if isinstance(row, str) else _Counted(int(row or 0), "", count)  # type: ignore[call-overload]


def _top_rows(result: TopRowsResult) -> Iterator[bytes]:
    return _list([_counted(row.row, row.count) for row in result.rows])


def _row(result: RowResult) -> Iterator[bytes]:
    yield _encode(_counted(result.row, result.count))


# ---- numbers -------------------------------------------------------------------------------


def _count(result: CountResult) -> Iterator[bytes]:
    yield _encode(result.count)


def _bool(result: BoolResult) -> Iterator[bytes]:
    yield _encode(result.value)


def _value(result: ValueCountResult) -> Iterator[bytes]:
    if result.value is None and result.is_percentile:
        yield b"null"
        return
    shown = _Value(0, 0, None, "0001-01-01T00:00:00Z", result.count)
    if result.value is None:
        pass
    elif result.type is DataType.DECIMAL:
        text = decimal_text(result.value, result.scale)
        shown.decimalValue = msgspec.Raw(text.encode())
        shown.floatValue = float(text) if result.is_percentile else 0
    elif result.type is DataType.TIMESTAMP:
        column = ResultColumn(name="", type=result.type, cells=[result.value], scale=result.scale)
        shown.timestampValue = plain_cells(column)[0]
    else:
        shown.value = result.value
    yield _encode(shown)


# ---- groups and tables ---------------------------------------------------------------------


def _group_members(column: ResultColumn, start: int, stop: int) -> list[dict[str, object]]:
    """What each group says of one field."""
    name, cells = column.name, plain_cells(column, start, stop)
    if column.type is DataType.BOOL:
        cells = [int(bool(cell)) for cell in cells]
    kind = {DataType.STRING: "rowKey", DataType.UINT64: "rowID", DataType.BOOL: "rowID"}.get(column.type, "value")
    return [{"field": name, kind: cell} for cell in cells]


def _groups(result: GroupsResult) -> Iterator[bytes]:
    yield b"["
    for start in range(0, len(result.counts), _IN_A_PIECE):
        stop = start + _IN_A_PIECE
        members = zip(*(_group_members(column, start, stop) for column in result.fields), strict=True)
        groups = [{"group": group, "count": n} for group, n in zip(members, result.counts[start:stop], strict=True)]
        if result.aggregate is not None:
            for shown, cell in zip(groups, plain_cells(result.aggregate, start, stop), strict=True):
                shown[result.aggregate.name] = cell
        yield (b"," if start else b"") + _encode(groups)[1:-1]
    yield b"]"


def _extracted_cells(column: ResultColumn, start: int, stop: int) -> Sequence[Any]:
    """Values of records; of a set field, no row is an empty list."""
    cells = plain_cells(column, start, stop)
    if column.type in (DataType.UINT64_SET, DataType.STRING_SET):
        return [() if cell is None else cell for cell in cells]
    return cells


def _extract(result: ExtractResult) -> Iterator[bytes]:
    fields = [{"name": column.name, "type": column.type} for column in result.fields]
    yield b'{"fields":' + _encode(fields) + b',"columns":['
    records = result.records.cells
    for start in range(0, len(records), _IN_A_PIECE):
        stop = start + _IN_A_PIECE
        columns = [_extracted_cells(column, start, stop) for column in result.fields]
        rows = zip(*columns, strict=True) if columns else [()] * len(records[start:stop])
        shown = [_Extracted(record, row) for record, row in zip(records[start:stop], rows, strict=True)]
        yield (b"," if start else b"") + _encode(shown)[1:-1]
    yield b"]}"


def _sorted(result: SortedResult) -> Iterator[bytes]:
    is_keyed = result.records.type is DataType.STRING
    yield b'{"Row":'
    yield from _names(result.records.cells, is_keyed=is_keyed)
    pairs = zip(result.records.cells, plain_cells(result.values), strict=True)
    yield b',"RowKVs":'
    if is_keyed:
        yield from _list([{"id": 0, "key": key, "value": value} for key, value in pairs])
    else:
        yield from _list([{"id": record, "value": value} for record, value in pairs])
    yield b"}"


def _explained(result: ExplainResult) -> Iterator[bytes]:
    yield _encode(result.root)


def _nothing(_: NoResult) -> Iterator[bytes]:
    yield b"null"


_SHAPES: dict[type, Callable[[Any], Iterator[bytes]]] = {
    BoolResult: _bool,
    CountResult: _count,
    DistinctResult: _distinct,
    ExplainResult: _explained,
    ExtractResult: _extract,
    GroupsResult: _groups,
    NoResult: _nothing,
    RecordsResult: _records,
    RowResult: _row,
    RowsResult: _rows,
    SortedResult: _sorted,
    TopRowsResult: _top_rows,
    ValueCountResult: _value,
}
