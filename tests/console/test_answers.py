"""Answers as tables of text, exact."""

import json

import pytest

from roarbase.console.answers import Table, TableColumn, read_sql, read_tagged
from roarbase.console.components.chart import can_be_drawn, chart_options
from roarbase.errors import InternalError, StatementError
from roarbase.model.results import DataType, ResultColumn, ResultTable
from roarbase.planes.data.sql_table import render_sql
from roarbase.planes.data.tagged_table import render_results

COLUMNS = (
    ResultColumn(name="u", type=DataType.UINT64, cells=[2**64 - 2, None], sql_type="id"),
    ResultColumn(name="i", type=DataType.INT64, cells=[-(2**63), 2**63 - 1], sql_type="int"),
    ResultColumn(name="d", type=DataType.DECIMAL, cells=[-5, 120], scale=2, sql_type="decimal(2)"),
    ResultColumn(name="f", type=DataType.FLOAT64, cells=[0.1, None], sql_type="double"),
    ResultColumn(name="b", type=DataType.BOOL, cells=[True, False], sql_type="bool"),
    ResultColumn(name="s", type=DataType.STRING, cells=["null", "ü\n"], sql_type="string"),
    ResultColumn(name="t", type=DataType.TIMESTAMP, cells=[1, None], scale=9, sql_type="timestamp"),
    ResultColumn(name="us", type=DataType.UINT64_SET, cells=[(1, 2**63), ()], sql_type="idset"),
    ResultColumn(name="ss", type=DataType.STRING_SET, cells=[("a", "b"), ()], sql_type="stringset"),
)
TEXTS = [
    ("18446744073709551614", None),
    (str(-(2**63)), str(2**63 - 1)),
    ("-0.05", "1.20"),
    ("0.1", None),
    ("true", "false"),
    ("null", "ü\n"),
    ("1970-01-01T00:00:00.000000001Z", None),
    ("1, 9223372036854775808", ""),
    ("a, b", ""),
]


def test_both_forms_say_the_same() -> None:
    """Whatever the service has comes out digit by digit; null differs from the text null."""
    table = ResultTable(columns=COLUMNS)
    (later,) = read_sql(b"".join(render_sql(table, 17)))
    (tagged,) = read_tagged(b"".join(render_results([table], 17)))
    assert [*zip(*later.rows, strict=True)] == TEXTS
    assert [*zip(*tagged.rows, strict=True)] == TEXTS
    assert later.engine_us == 17
    assert [column.type for column in later.columns] == [column.sql_type for column in COLUMNS]
    assert [column.is_number for column in tagged.columns] == [True, True, True, True, *[False] * 5]
    assert [column.is_number for column in later.columns] == [True, True, True, True, *[False] * 5]


def test_several_and_none() -> None:
    """A table per call of PQL; a statement that gives nothing has no columns."""
    several = read_tagged(b"".join(render_results([ResultTable(columns=COLUMNS[:1]), ResultTable()], 0)))
    assert [len(table.columns) for table in several] == [1, 0]
    assert read_sql(b"".join(render_sql(ResultTable(), 0))) == (Table(),)


def test_columns_without_a_name() -> None:
    """The eyes, the list of columns to hide, and charts get one."""
    (table,) = read_sql(
        b'{"schema":{"fields":[{"name":"k","type":"id"},{"name":"","type":"int"}]},"data":[],"execution-time":1}'
    )
    assert [column.name for column in table.columns] == ["k", "column 2"]


@pytest.mark.parametrize(
    ("said", "line", "column", "message"),
    [
        ("[2:17] table 'x' not found", 2, 17, "table 'x' not found"),
        ("3:4: unexpected )", 3, 4, "unexpected )"),
        ("[0:0] the statement was ended by KILL QUERY", 0, 0, "the statement was ended by KILL QUERY"),
        ("something else", 0, 0, "something else"),
    ],
)
def test_errors_of_a_statement(said: str, line: int, column: int, message: str) -> None:
    """Their place is taken out of the words."""
    with pytest.raises(StatementError) as error:
        read_sql(json.dumps({"error": said, "execution-time": 1}).encode())
    assert (error.value.line, error.value.column, error.value.message) == (line, column, message)


@pytest.mark.parametrize("body", [b'{"schema": 1}', b'{"data": []}'])
def test_other_answers(body: bytes) -> None:
    """What is no such answer is said to be none."""
    with pytest.raises(InternalError):
        read_sql(body)


def test_what_a_chart_is_told() -> None:
    """Numbers are heights, all else names them; many groups are shown some at a time."""
    names = (TableColumn(name="a", type="string"), TableColumn(name="b", type="id"))
    table = Table(
        columns=(*names, TableColumn(name="n", type="int"), TableColumn(name="d", type="decimal(2)")),
        rows=tuple((f"x{n}", None, str(n), "1.50") for n in range(2000)),
    )
    options = chart_options(table, "line", [2, 3])
    series = options["series"]
    assert isinstance(series, list)
    assert [(each["name"], each["type"], len(each["data"]), each["data"][1]) for each in series] == [
        ("n", "line", 1000, 1.0),
        ("d", "line", 1000, 1.5),
    ]
    assert options["xAxis"]["data"][:2] == ["x0 / null", "x1 / null"]  # type: ignore[index]
    assert options["dataZoom"]
    assert can_be_drawn(table)
    assert not can_be_drawn(Table(columns=names, rows=(("x", "1"),)))
    assert not can_be_drawn(Table(columns=table.columns))
