"""Columns written at once are their cells one by one."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from roarbase.model.list_cells import ListCells
from roarbase.model.results import DataType, ResultColumn, ResultTable
from roarbase.planes.data.plain_cells import plain_cells
from roarbase.planes.data.sql_table import render_sql

_numbers = st.integers(-(2**70), 2**70) | st.integers(-1000, 1000)
_cells = {
    DataType.INT64: _numbers,
    DataType.DECIMAL: _numbers,
    DataType.STRING: st.text(max_size=4),
    DataType.BOOL: st.booleans(),
    DataType.FLOAT64: st.floats(allow_nan=False),
    DataType.TIMESTAMP: st.integers(-(10**9), 10**9),
    DataType.UINT64_SET: st.lists(st.integers(0, 9), max_size=3).map(tuple),
    DataType.STRING_SET: st.lists(st.text(max_size=3), max_size=3).map(tuple),
}


@st.composite
def _columns(draw: st.DrawFn) -> list[ResultColumn]:
    """Columns of equally many cells, some of them null; sets as tuples, or flat."""
    count = draw(st.integers(1, 20))
    made = []
    for place, kind in enumerate(draw(st.lists(st.sampled_from([*_cells]), min_size=1, max_size=4))):
        cells = draw(st.lists(st.none() | _cells[kind], min_size=count, max_size=count))
        scale = draw(st.sampled_from([0, 3, 9])) if kind in (DataType.DECIMAL, DataType.TIMESTAMP) else 0
        made.append(ResultColumn(name=f"c{place}", type=kind, cells=cells, scale=scale, sql_type="int"))
        if kind in (DataType.UINT64_SET, DataType.STRING_SET) and draw(st.booleans()):
            stops = [sum(len(cell or ()) for cell in cells[: number + 1]) for number in range(count)]
            flat = ListCells([member for cell in cells for member in cell or ()], stops)
            made[-1] = ResultColumn(name=f"c{place}", type=kind, cells=flat, scale=scale, sql_type="int")
    return made


@given(_columns())
def test_rows_are_their_cells(columns: list[ResultColumn]) -> None:
    """Whatever the types, nulls, empty sets and signs in strings."""
    told = b"".join(render_sql(ResultTable(columns=tuple(columns)), 0))
    rows = [*zip(*map(plain_cells, columns), strict=True)]
    assert b'"data":' + msgspec.json.encode(rows) + b',"execution-time"' in told
