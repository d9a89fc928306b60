"""Tagged cells become Python values."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from roarbase.client import Answer, AnswerColumn, Client
from roarbase.client.answers import read_answers
from roarbase.errors import InternalError
from roarbase.model.results import DataType
from tests.client.fake_service import FakeService


def table(*cells: object, datatype: str = "string") -> dict[str, object]:
    """An answer of one column."""
    rows = [{"columns": [{"ColumnVal": cell}]} for cell in cells]
    return {"headers": [{"name": "x", "datatype": datatype}], "rows": rows}


@pytest.mark.parametrize(
    ("datatype", "cell", "value"),
    [
        ("uint64", {"Uint64Val": 2**64 - 2}, 2**64 - 2),
        ("uint64", {"Uint64Val": 0}, 0),
        ("int64", {"Int64Val": -(2**63)}, -(2**63)),
        ("string", {"StringVal": ""}, ""),
        ("string", {"StringVal": "sétosa"}, "sétosa"),
        ("bool", {"BoolVal": False}, False),
        ("float64", {"Float64Val": -0.5}, -0.5),
        ("decimal", {"DecimalVal": {"value": 510, "scale": 2}}, Decimal("5.10")),
        ("decimal", {"DecimalVal": {"value": -5, "scale": 18}}, Decimal("-0.000000000000000005")),
        ("decimal", {"DecimalVal": {"scale": 2}}, Decimal("0.00")),
        ("decimal", {"DecimalVal": {"value": 7}}, Decimal("7")),
        ("decimal", {"DecimalVal": {}}, Decimal("0")),
        ("[]uint64", {"Uint64ArrayVal": {"vals": [1, 2]}}, (1, 2)),
        ("[]uint64", {"Uint64ArrayVal": {}}, ()),
        ("[]string", {"StringArrayVal": {"vals": ["a"]}}, ("a",)),
        ("timestamp", {"TimestampVal": "2022-06-01T12:00:00Z"}, datetime(2022, 6, 1, 12, tzinfo=UTC)),
        ("timestamp", {"TimestampVal": "2022-06-01T12:00:00.5Z"}, datetime(2022, 6, 1, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("string", None, None),
    ],
)
def test_a_cell_becomes_its_value(datatype: str, cell: object, value: object) -> None:
    """Each kind of cell has one Python type, and null is None."""
    (answer,) = read_answers({"results": table(cell, datatype=datatype)})
    assert answer.rows == ((value,),)
    assert type(answer.value) is type(value)
    assert answer.columns == (AnswerColumn(name="x", type=DataType(datatype)),)


def test_decimals_compare_equal_to_their_text() -> None:
    """5.1 stored with two places is the number 5.1."""
    (answer,) = read_answers({"results": table({"DecimalVal": {"value": 510, "scale": 2}}, datatype="decimal")})
    assert answer.value == Decimal("5.1")


def test_an_answer_without_rows() -> None:
    """A statement that answers nothing gives an empty table, whose value is None."""
    (answer,) = read_answers({"results": {"headers": [], "rows": []}})
    assert answer == Answer()
    assert answer.value is None
    assert answer.records() == []


def test_records_are_dictionaries() -> None:
    """Rows can be had by column name."""
    (answer,) = read_answers({"results": table({"StringVal": "a"}, None)})
    assert answer.records() == [{"x": "a"}, {"x": None}]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"results": None},
        {"results": "none"},
        {"results": [1]},
        {"results": table({"NewVal": 1})},
        {"results": table({"Int64Val": 1}, datatype="complex")},
        {"results": table({"TimestampVal": "yesterday"})},
        {"results": table({"Int64Val": 1, "StringVal": "1"})},
        {"results": {"headers": [], "rows": [{}]}},
    ],
)
def test_another_form_is_refused(body: dict[str, object]) -> None:
    """An answer in another form is an error that says so, never a wrong value."""
    with pytest.raises(InternalError, match="not in the expected form"):
        read_answers(body)


def test_query_sends_the_statement_and_returns_its_table() -> None:
    """One statement, one table."""
    service = FakeService()
    service.answer(200, {"results": table({"Uint64Val": 150}, datatype="uint64")})
    with Client("http://service", token="t", transport=service.transport()) as client:
        assert client.query("d1", "pql", "[iris]Count(All())").value == 150
    request = service.requests[0]
    assert (request.method, request.path) == ("POST", "/v1/deployments/d1/query")
    assert request.body == {"language": "pql", "statement": "[iris]Count(All())"}


@pytest.mark.parametrize(("values", "last"), [([1, 2], 2), ([], None)])
def test_several_calls_have_several_tables(values: list[int], last: int | None) -> None:
    """`query_all` returns each call's table, `query` the last; no call at all is an empty table."""
    tables = [table({"Uint64Val": v}, datatype="uint64") for v in values]
    service = FakeService()
    service.answer(200, {"results": tables})
    service.answer(200, {"results": tables})
    with Client("http://service", token="t", transport=service.transport()) as client:
        assert [a.value for a in client.query_all("d1", "pql", "...")] == (values or [None])
        assert client.query("d1", "pql", "...").value == last
