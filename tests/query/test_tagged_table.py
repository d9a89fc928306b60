"""The v1 answer: which cells a result becomes, and what is left out of them."""

import json
from collections.abc import Sequence
from itertools import accumulate

import pytest

from roarbase.errors import BadRequest
from roarbase.model.list_cells import ListCells
from roarbase.model.results import (
    BoolResult,
    CountResult,
    DataType,
    GroupsResult,
    NoResult,
    Result,
    ResultColumn,
    ResultTable,
    ValueCountResult,
)
from roarbase.planes.data.tagged_table import render_results


def rendered(results: Sequence[Result], duration_ns: int) -> bytes:
    return b"".join(render_results(results, duration_ns))


def cells(result: Result) -> list[list[object]]:
    """The cells of the one table that a result is answered with."""
    rows = json.loads(rendered([result], 0))["results"]["rows"]
    return [[column["ColumnVal"] for column in row["columns"]] for row in rows]


def headers(result: Result) -> list[str]:
    """`name: datatype` of each column."""
    return [f"{h['name']}: {h['datatype']}" for h in json.loads(rendered([result], 0))["results"]["headers"]]


@pytest.mark.parametrize(
    ("data_type", "scale", "cell", "tagged"),
    [
        (DataType.UINT64, 0, 2**64 - 2, {"Uint64Val": 2**64 - 2}),
        (DataType.UINT64, 0, 0, {"Uint64Val": 0}),
        (DataType.INT64, 0, -(2**63), {"Int64Val": -(2**63)}),
        (DataType.STRING, 0, "", {"StringVal": ""}),
        (DataType.STRING, 0, 'a "b"\n☃', {"StringVal": 'a "b"\n☃'}),
        (DataType.BOOL, 0, False, {"BoolVal": False}),
        (DataType.FLOAT64, 0, -0.5, {"Float64Val": -0.5}),
        (DataType.DECIMAL, 2, -1250, {"DecimalVal": {"value": -1250, "scale": 2}}),
        (DataType.DECIMAL, 2, 0, {"DecimalVal": {"scale": 2}}),
        (DataType.DECIMAL, 0, 7, {"DecimalVal": {"value": 7}}),
        (DataType.DECIMAL, 0, 0, {"DecimalVal": {}}),
        (DataType.UINT64_SET, 0, (1, 2**64 - 2), {"Uint64ArrayVal": {"vals": [1, 2**64 - 2]}}),
        (DataType.STRING_SET, 0, ("a", ""), {"StringArrayVal": {"vals": ["a", ""]}}),
        (DataType.STRING_SET, 0, (), {"StringArrayVal": {}}),
        (DataType.TIMESTAMP, 0, 0, {"TimestampVal": "1970-01-01T00:00:00Z"}),
        (DataType.TIMESTAMP, 0, -1, {"TimestampVal": "1969-12-31T23:59:59Z"}),
        (DataType.TIMESTAMP, 0, -62135596799, {"TimestampVal": "0001-01-01T00:00:01Z"}),
        (DataType.TIMESTAMP, 3, 253402300799999, {"TimestampVal": "9999-12-31T23:59:59.999Z"}),
        (DataType.TIMESTAMP, 3, -1500, {"TimestampVal": "1969-12-31T23:59:58.5Z"}),
        (DataType.TIMESTAMP, 6, 1_000_001, {"TimestampVal": "1970-01-01T00:00:01.000001Z"}),
        (DataType.TIMESTAMP, 9, 20, {"TimestampVal": "1970-01-01T00:00:00.00000002Z"}),
        (DataType.TIMESTAMP, 9, 10**9, {"TimestampVal": "1970-01-01T00:00:01Z"}),
        (DataType.INT64, 0, None, None),
        (DataType.DECIMAL, 2, None, None),
        (DataType.STRING_SET, 0, None, None),
    ],
)
def test_a_cell_is_tagged_by_its_type(data_type: DataType, scale: int, cell: object, tagged: object) -> None:
    """Inner objects leave their zero members out; a null has no tag."""
    column = ResultColumn(name="c", type=data_type, scale=scale, cells=[cell])
    assert cells(ResultTable(columns=(column,))) == [[tagged]]


@pytest.mark.parametrize("results", [[], [NoResult()], [ResultTable()]])
def test_nothing_to_answer_is_a_table_of_nothing(results: list[Result]) -> None:
    """A statement without rows gives empty headers and rows, also one without any call."""
    assert json.loads(rendered(results, 0)) == {"results": {"headers": [], "rows": []}}


def test_several_results_are_an_array() -> None:
    """Each call has a table of its own, in order."""
    answer = json.loads(rendered([CountResult(count=3), NoResult(), BoolResult(value=True)], 7))
    assert [len(table["rows"]) for table in answer["results"]] == [1, 0, 1]
    assert {table["duration"] for table in answer["results"]} == {7}


def test_an_empty_column_keeps_its_header() -> None:
    """Columns without rows are still named and typed."""
    table = ResultTable(columns=(ResultColumn(name="_id", type=DataType.UINT64, cells=[]),))
    assert headers(table) == ["_id: uint64"]
    assert cells(table) == []


def test_a_number_of_nothing_is_zero() -> None:
    """A sum over no record is a typed zero with count 0."""
    result = ValueCountResult(value=None, count=0, type=DataType.DECIMAL, scale=2)
    assert headers(result) == ["value: decimal", "count: int64"]
    assert cells(result) == [[{"DecimalVal": {"scale": 2}}, {"Int64Val": 0}]]


def test_groups_name_bools_by_row() -> None:
    """A group's bool is the id of its row, and a count of values is signed, as published clients read them."""
    result = GroupsResult(
        fields=(
            ResultColumn(name="wild", type=DataType.BOOL, cells=[False, True]),
            ResultColumn(name="petals", type=DataType.INT64, cells=[-1, 5]),
        ),
        counts=[2, 1],
        aggregate=ResultColumn(name="aggregate", type=DataType.UINT64, cells=[1, 0]),
    )
    assert headers(result) == ["wild: uint64", "petals: int64", "count: uint64", "aggregate: int64"]
    assert cells(result) == [
        [{"Uint64Val": 0}, {"Int64Val": -1}, {"Uint64Val": 2}, {"Int64Val": 1}],
        [{"Uint64Val": 1}, {"Int64Val": 5}, {"Uint64Val": 1}, {"Int64Val": 0}],
    ]


def test_each_cell_has_a_line_of_its_own() -> None:
    """Published clients read cells with grep, line by line."""
    table = ResultTable(
        columns=(
            ResultColumn(name="a", type=DataType.UINT64, cells=[1, 2]),
            ResultColumn(name="b", type=DataType.UINT64, cells=[3, None]),
        )
    )
    lines = rendered([table], 0).decode().splitlines()
    assert sum(line.count("ColumnVal") == 1 for line in lines) == 4


@pytest.mark.parametrize("count", [4095, 4096, 4097, 10_000])
def test_pieces_join_to_one_answer(count: int) -> None:
    """An answer of many rows is rendered in pieces that join without a seam."""
    table = ResultTable(columns=(ResultColumn(name="n", type=DataType.INT64, cells=list(range(count))),))
    assert len(list(render_results([table], 0))) > 2
    answer = json.loads(rendered([table], 0))
    assert [row["columns"][0]["ColumnVal"]["Int64Val"] for row in answer["results"]["rows"]] == list(range(count))


def test_flat_lists_are_written_as_tuples_are() -> None:
    """Also where an answer has several pieces, and cells without values stand at their ends."""
    sizes = [number % 3 for number in range(9000)]
    flat = ListCells(range(sum(sizes)), [*accumulate(sizes)])
    answers = [
        rendered([ResultTable(columns=(ResultColumn(name="s", type=DataType.UINT64_SET, cells=cells),))], 0)
        for cells in (flat, [*flat])
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("type", [DataType.INT64, DataType.DECIMAL])
@pytest.mark.parametrize("value", [2**63, -(2**63) - 1])
def test_a_sum_beyond_64_bits_is_refused_with_its_value(type: DataType, value: int) -> None:
    """Typed clients could not read it; the sentence has the exact number."""
    table = ResultTable(columns=(ResultColumn(name="sum(n)", type=type, cells=[value]),))
    with pytest.raises(BadRequest, match=str(value)):
        rendered([table], 0)
    at_the_edge = ResultTable(columns=(ResultColumn(name="sum(n)", type=type, cells=[2**63 - 1, -(2**63)]),))
    assert str(2**63 - 1).encode() in rendered([at_the_edge], 0)
