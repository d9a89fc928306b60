"""Records in bulk: read at once they are what they are row by row, in every form."""

import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine.kernels.cells.plain import PlainCells
from roarbase.engine.port import Engine
from roarbase.errors import BadRequest
from roarbase.model.budget import Budget
from roarbase.query.answering import answer_program
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.bulk.csv_rows import csv_columns, read_csv
from roarbase.query.sql.later.bulk.mapping import Mapped, Switches
from roarbase.query.sql.later.bulk.ndjson_columns import ndjson_columns
from roarbase.query.sql.later.bulk.ndjson_rows import read_ndjson
from roarbase.query.sql.later.catalog import Catalog
from roarbase.query.sql.later.columns.values import objects_of
from roarbase.query.sql.later.compiler import compile_later_sql
from tests.query.sql.later.asking import ask, opened, shown

_KINDS = (Kind.ID, Kind.INT, Kind.STRING, Kind.BOOL, Kind.TIMESTAMP, Kind.IDSET, Kind.STRINGSET)
_TYPES = (*(SqlType(kind, 9 if kind == Kind.TIMESTAMP else 0) for kind in _KINDS), SqlType(Kind.DECIMAL, 2))
_switches = st.builds(
    Switches,
    has_header=st.booleans(),
    allows_missing=st.booleans(),
    empty_is_null=st.booleans(),
    null_is_null=st.booleans(),
)
_texts = st.sampled_from(
    [
        "1",
        "-2",
        "1.25",
        "x",
        "",
        " y",
        "true",
        "2022-06-30",
        "9999-12-31",
        "2022-06-30T01:02:03Z",
        "1;2",
        "NULL",
        '"a, b"',
        '"x\ny"',
        "\t3",
        "\u00a0a;b\u00a0",
        "\u2028",
        "1".zfill(42),
        f"0.{'1' * 41}",
        "9" * 5000,
    ]
)
_members = st.sampled_from(
    [
        "1",
        "-1",
        "1.25",
        "2.0",
        '"x"',
        '"7"',
        "null",
        "true",
        '"2022-06-30"',
        '"1600-01-01"',
        "5",
        "[1, 2]",
        '["a"]',
        "{}",
        "1e99",
    ]
)
_settings = settings(max_examples=150, deadline=None, derandomize=True)


def _by_row(read: Any, text: str, mapped: Sequence[Mapped], switches: Switches) -> list[list[Any]] | str:
    try:
        return [[*column] for column in zip(*read(text, mapped, switches), strict=True)]
    except BadRequest as error:
        return error.message


@given(
    rows=st.lists(st.tuples(_texts, _texts), min_size=1, max_size=4),
    types=st.tuples(st.sampled_from(_TYPES), st.sampled_from(_TYPES)),
    switches=_switches,
    end=st.sampled_from(["\n", "\r\n", "\n\n"]),
)
@_settings
def test_csv(rows: list[tuple[str, str]], types: tuple[SqlType, SqlType], switches: Switches, end: str) -> None:
    """Columns of CSV are what its rows are."""
    text = end.join(map(",".join, rows))
    mapped = [Mapped(place, kind) for place, kind in enumerate(types)]
    found = csv_columns(text, mapped, switches, None, PlainCells())
    if found is not None:
        assert [*map(objects_of, found)] == _by_row(read_csv, text, mapped, switches)


@given(
    rows=st.lists(st.tuples(_members, _members), min_size=1, max_size=4),
    types=st.tuples(st.sampled_from(_TYPES), st.sampled_from(_TYPES)),
)
@_settings
def test_ndjson(rows: list[tuple[str, str]], types: tuple[SqlType, SqlType]) -> None:
    """Columns of NDJSON are what its lines are."""
    text = "\n".join(f'{{"a": {one}, "other": [], "b": {{"c": {two}}}}}' for one, two in rows)
    mapped = [Mapped("a", types[0]), Mapped("$.b.c", types[1])]
    found = ndjson_columns(text, mapped, Switches(), None, PlainCells())
    if found is not None:
        assert [*map(objects_of, found)] == _by_row(read_ndjson, text, mapped, Switches())


def test_plain_data_is_read_at_once() -> None:
    """What is written as nearly all is does not go row by row."""
    cells = ["1", "-2", "x", "true", "2022-06-30T01:02:03Z", "1;2", "a;b", "1.25"]
    mapped = [Mapped(place, kind) for place, kind in enumerate(_TYPES)]
    assert csv_columns(f"{','.join(cells)}\n{','.join(cells)}", mapped, Switches(), None, PlainCells()) is not None
    assert csv_columns(",".join(['"1"', *cells[1:]]), mapped, Switches(), None, PlainCells()) is not None
    line = json.dumps([1, -2, "x", True, "2022-06-30", [1], ["a"], 1.25])
    keys = [Mapped(f"k{place}", kind) for place, kind in enumerate(_TYPES)]
    values = dict(zip((each.source for each in keys), json.loads(line), strict=True))
    assert ndjson_columns(json.dumps(values), keys, Switches(), None, PlainCells()) is not None


# ---- whole statements --------------------------------------------------------------------------


def _bulk(engine: Engine, statement: str, **parts: bytes) -> list[str]:
    catalog = Catalog(schema=engine.schema(), parts=parts)
    try:
        program = compile_later_sql(statement, catalog)
        answer_program(program, engine, Budget(), lambda _: None)
    except BadRequest as error:
        return [f"! {error.message}"]
    return []


def _parquet(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


_TABLE = (
    "create table t (_id id, i int, d decimal(2), s string, b bool, at timestamp timeunit 'ms', "
    "tags stringset, n idset)"
)
_MAP = "map ('id' id, 'i' int, 'd' decimal(2), 's' string, 'b' bool, 'at' timestamp, 'tags' stringset, 'n' idset)"
_FROM = "from '*' with format 'PARQUET' input 'STREAM'"


def test_parquet(tmp_path: Path) -> None:
    """Columns of Parquet, of the very types or others that say the same, with nulls."""
    with opened(tmp_path / "db") as engine:
        ask(engine, _TABLE)
        moment = datetime(2022, 6, 30, 12, 0, 0, 250_000, tzinfo=UTC)
        exact = _parquet(
            id=pa.array([1, 2], pa.uint64()),
            i=[5, None],
            d=pa.array([Decimal("1.25"), None], pa.decimal128(9, 2)),
            s=pa.array(["x", None]).dictionary_encode(),
            b=[True, None],
            at=pa.array([moment, None], pa.timestamp("us", "UTC")),
            tags=[["a", "b"], None],
            n=pa.array([[3, 1], None], pa.list_(pa.int32())),
        )
        assert _bulk(engine, f"bulk insert into t {_MAP} {_FROM}", data=exact) == []
        others = _parquet(
            id=["3"],
            i=[7.0],
            d=[0.5],
            s=pa.array([b"bytes"]),
            b=[1],
            at=pa.array([date(2022, 6, 30)]),
            tags=["one"],
            n=[4],
        )
        assert _bulk(engine, f"bulk insert into t {_MAP} {_FROM}", data=others) == []
        assert shown(ask(engine, "select * from t order by _id"))[1:] == [
            "1 | 5 | 1.25 | x | true | 2022-06-30T12:00:00.25Z | [a, b] | [1, 3]",
            "2 | null | null | null | null | null | null | null",
            "3 | 7 | 0.50 | bytes | true | 2022-06-30T00:00:00Z | [one] | [4]",
        ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_parquet(id=[1]), "! [0:0] unknown key i: the columns are id"),
        (_parquet(id=[1, 2], i=["5", "x"]), "! [0:0] row 2: value 'x' cannot be converted to type 'int'"),
        (_parquet(id=[1], i=[1.5]), "! [0:0] row 1: value '1.5' cannot be converted to type 'int'"),
        (_parquet(id=[-1], i=[1]), "! [0:0] row 1: value '-1' cannot be converted to type 'id'"),
        (_parquet(id=[1, None], i=[1, 2]), "! [0:0] row 2: null cannot be inserted into column '_id'"),
        (_parquet(id=[1], i=[1001]), "! [0:0] inserting value into column 'i', row 1, value '1001' out of range"),
    ],
)
def test_what_is_wrong_with_parquet(data: bytes, said: str, tmp_path: Path) -> None:
    """A column that is not there, and a value of another type, are told with their row; nothing is written."""
    with opened(tmp_path / "db") as engine:
        ask(engine, "create table t (_id id, i int max 1000)")
        assert _bulk(engine, f"bulk insert into t map ('id' id, 'i' int) {_FROM}", data=data) == [said]
        assert shown(ask(engine, "select count(*) from t")) == [":int", "0"]


def test_where_data_comes_from(tmp_path: Path) -> None:
    """Parts of the request are found by name or as the only one; what cannot be is refused with a place."""
    with opened(tmp_path / "db") as engine:
        ask(engine, "create table t (_id id, i int)")
        bulk, csv = "bulk insert into t map (0 id, 1 int)", "with format 'CSV' input 'STREAM'"
        assert _bulk(engine, f"{bulk} from '*' {csv}", a=b"1,10") == []
        assert _bulk(engine, f"{bulk} from 'b' {csv}", a=b"x", b=b"2,20\r\n3,30\r\n") == []
        assert _bulk(engine, f"{bulk} from '4,40' {csv}") == []
        assert shown(ask(engine, "select sum(i) from t")) == [":int", "100"]
        refused = {
            f"{bulk} from '*' {csv}": "[1:43] the request has several parts; name one of 'a', 'b'",
            f"{bulk} from 'c' {csv}": "[1:43] unable to read datasource 'c': the request has the parts 'a', 'b'",
            f"{bulk} from 'a' {csv}": "[0:0] unable to read CSV: it is not UTF-8, byte 0 cannot be read",
            f"{bulk} from 'b' with format 'CSV' input 'URL'": "nothing is fetched from URLs here",
        }
        for statement, said in refused.items():
            assert _bulk(engine, statement, a=b"\xff", b=b"") == [f"! {said}"]
        assert _bulk(engine, f"{bulk} from '*' {csv}")[0].endswith("the request has no part beside the statement")
        inline = "bulk insert into t map ('a' id, 'b' int) from 'x' with format 'PARQUET' input 'INLINE'"
        assert "PARQUET cannot stand in a statement" in _bulk(engine, inline)[0]


def test_many_records_are_written_in_pieces(tmp_path: Path) -> None:
    """More records than one write takes are all there, and a wrong one among the last leaves none."""
    with opened(tmp_path / "db") as engine:
        ask(engine, "create table t (_id id, i int)")
        bulk = "bulk insert into t map (0 id, 1 int) from '*' with format 'CSV' input 'STREAM'"
        rows = [f"{number},{number % 10}" for number in range(100_001)]
        wrong = "\n".join([*rows, "x,1"]).encode()
        assert _bulk(engine, bulk, data=wrong) == ["! [0:0] row 100002: value 'x' cannot be converted to type 'id'"]
        assert shown(ask(engine, "select count(*) from t")) == [":int", "0"]
        assert _bulk(engine, bulk, data="\n".join(rows).encode()) == []
        assert shown(ask(engine, "select count(*), sum(i) from t")) == [":int, :int", "100001 | 450000"]
