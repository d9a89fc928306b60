"""Answers as Arrow: types, nulls, exactness."""

import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from roarbase.embedded import Answer, Database
from roarbase.errors import BadRequest, OperatorError
from roarbase.model.results import DataType, ResultColumn, ResultTable


def answer(**columns: tuple[DataType, list[Any], int]) -> Answer:
    """An answer with these columns: type, cells, scale."""
    return Answer(
        ResultTable(
            columns=tuple(
                ResultColumn(name=name, type=kind, cells=cells, scale=scale)
                for name, (kind, cells, scale) in columns.items()
            )
        )
    )


@pytest.mark.parametrize(
    ("kind", "cells", "scale", "expected"),
    [
        (DataType.UINT64, [0, 2**64 - 2, None], 0, pa.array([0, 2**64 - 2, None], pa.uint64())),
        (DataType.INT64, [-(2**63), None, 2**63 - 1], 0, pa.array([-(2**63), None, 2**63 - 1])),
        (DataType.STRING, ["a", None], 0, pa.array(["a", None])),
        (DataType.BOOL, [True, None, False], 0, pa.array([True, None, False])),
        (DataType.FLOAT64, [1.5, None], 0, pa.array([1.5, None])),
        (
            DataType.DECIMAL,
            [-(2**63), None, 5, 2**63 - 1],
            18,
            pa.array(
                [Decimal("-9.223372036854775808"), None, Decimal("5e-18"), Decimal("9.223372036854775807")],
                pa.decimal128(38, 18),
            ),
        ),
        (
            DataType.DECIMAL,
            [2**64, None, -1],
            1,
            pa.array([Decimal(2**64) / 10, None, Decimal("-0.1")], pa.decimal128(38, 1)),
        ),
        (DataType.TIMESTAMP, [-1, None], 0, pa.array([-1, None], pa.timestamp("s", "UTC"))),
        (DataType.TIMESTAMP, [1], 9, pa.array([1], pa.timestamp("ns", "UTC"))),
        (DataType.TIMESTAMP, [2**62 * 1000, None], 9, pa.array([2**62, None], pa.timestamp("us", "UTC"))),
        (
            DataType.UINT64_SET,
            [(1, 2**64 - 2), (), None],
            0,
            pa.array([[1, 2**64 - 2], [], None], pa.list_(pa.uint64())),
        ),
        (DataType.STRING_SET, [("a", "b"), (), None], 0, pa.array([["a", "b"], [], None])),
        (DataType.DECIMAL, [], 2, pa.array([], pa.decimal128(38, 2))),
        (DataType.STRING, [], 0, pa.array([], pa.string())),
    ],
)
def test_every_type_has_its_arrow_type(kind: DataType, cells: list[Any], scale: int, expected: Any) -> None:
    """The values are exact, and nulls are null."""
    table = answer(c=(kind, cells, scale)).arrow()
    assert table.schema.names == ["c"]
    assert table.column("c") == pa.chunked_array([expected])
    table.validate(full=True)


def test_an_answer_without_columns_is_an_empty_table() -> None:
    """Statements such as DROP TABLE answer nothing."""
    assert answer().arrow().num_columns == 0
    assert (answer().rows, answer().value, len(answer()), answer().records()) == ((), None, 0, [])


def test_two_columns_of_one_name_are_both_there() -> None:
    """Arrow has them by position."""
    one = ResultColumn(name="a", type=DataType.INT64, cells=[1])
    table = Answer(ResultTable(columns=(one, one))).arrow()
    assert [column.to_pylist() for column in table.columns] == [[1], [1]]


def test_a_sum_beyond_64_bits_is_refused_where_arrow_has_none(db: Database) -> None:
    """The rows have it; a sum of decimals fits."""
    db.create_table("t", {"n": "int", "d": {"type": "decimal", "scale": 2}})
    db.write("t", {"_id": [1, 2], "n": [2**63 - 1] * 2, "d": [Decimal("92233720368547758.07")] * 2})
    total = db.sql("select sum(n) from t")
    with pytest.raises(BadRequest, match=r"'sum\(n\)' holds a number too large"):
        total.arrow()
    assert total.value == 2**64 - 2
    assert db.sql("select sum(d) from t").arrow().column(0).to_pylist() == [Decimal("184467440737095516.14")]


@pytest.mark.parametrize(
    ("kind", "cell", "scale"),
    [
        (DataType.UINT64, -1, 0),
        (DataType.UINT64, 2**64, 0),
        (DataType.TIMESTAMP, 2**63 * 1000 + 1, 9),
        (DataType.DECIMAL, 10**38, 2),
    ],
)
def test_numbers_beyond_their_type_are_refused(kind: DataType, cell: int, scale: int) -> None:
    """Such as the sum of large ids; the column is named."""
    with pytest.raises(BadRequest, match="the column 'c' holds a number too large"):
        answer(c=(kind, [None, cell], scale)).arrow()


def test_other_libraries_take_an_answer_as_it_is(db: Database) -> None:
    """By the protocol that they share."""
    db.create_table("t", {"seen": "timestamp"})
    db.write("t", {"_id": [1], "seen": [datetime(2022, 6, 30, tzinfo=UTC)]})
    taken = pa.table(db.sql("select * from t"))
    assert taken.to_pylist() == [{"_id": 1, "seen": datetime(2022, 6, 30, tzinfo=UTC)}]
    db.create_table("u", {"seen": "timestamp"})
    assert db.write("u", db.sql("select * from t")) == 1


def test_without_pyarrow_the_error_says_what_to_install(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything else works."""
    for name in [
        name
        for name in sys.modules
        if name.startswith(
            ("pyarrow", "roarbase.embedded.arrow", "roarbase.embedded.parquet", "roarbase.query.arrow_answers")
        )
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    db.create_table("t", {"n": "int"})
    db.write("t", {"_id": [1], "n": [2]})
    found = db.sql("select n from t")
    assert found.value == 2
    with pytest.raises(OperatorError, match=r"pip install 'roarbase\[arrow\]'"):
        found.arrow()
    with pytest.raises(OperatorError, match="pyarrow, which is not installed"):
        db.load("t", "people.parquet")
