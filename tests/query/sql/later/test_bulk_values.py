"""Which values BULK INSERT takes, and what it says of the others: the same however they are read."""

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine.port import Engine
from roarbase.errors import BadRequest
from roarbase.model.timestamps import EARLIEST_SECONDS, LATEST_SECONDS
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.bulk.mapping import Mapped
from roarbase.query.sql.later.bulk.parquet_columns import _column
from roarbase.query.sql.later.bulk.parquet_values import read_singly
from roarbase.query.sql.later.columns.values import objects_of, values_or_objects
from tests.query.sql.later.asking import ask, opened, shown
from tests.query.sql.later.test_bulk import _bulk, _parquet

_TABLE = (
    "create table t (_id id, a int, g string, d decimal(2), dd decimal(18), s timestamp, ms timestamp timeunit 'ms',"
    " us timestamp timeunit 'us', ns timestamp timeunit 'ns', i id, b bool, ss stringset, ii idset, v vector(2),"
    " sq stringsetq timequantum 'YMD')"
)
_TYPES = {
    **dict.fromkeys(("s", "ms", "us", "ns"), "timestamp"),
    "a": "int",
    "g": "string",
    "d": "decimal(2)",
    "dd": "decimal(18)",
    "i": "id",
    "b": "bool",
    "ss": "stringset",
    "ii": "idset",
    "v": "vector(2)",
    "sq": "stringsetq",
}
_MISSING = "allow_missing_values"


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with opened(tmp_path_factory.mktemp("bulk") / "db") as made:
        assert shown(ask(made, _TABLE)) == []
        yield made


@pytest.fixture
def engine(shared_engine: Engine) -> Engine:
    """One with an empty table."""
    ask(shared_engine, "delete from t")
    return shared_engine


def _load(engine: Engine, column: str, form: str, data: bytes, more: str = "") -> str:
    """Write the column `x` as one column of the table; what is wrong with it, or nothing."""
    places = (0, 1) if form == "CSV" else ("'id'", "'x'")
    entries = f"{places[0]} id, {places[1]} {_TYPES[column]}"
    statement = (
        f"bulk insert into t (_id, {column}) map ({entries}) from '*' with format '{form}' input 'STREAM' {more}"
    )
    return "".join(_bulk(engine, statement, data=data))


def _line(value: str) -> bytes:
    return f'{{"id": 1, "x": {value}}}'.encode()


def _stored(engine: Engine, column: str) -> str:
    return shown(ask(engine, f"select {column} from t where _id = 1"))[1]


# ---- moments -----------------------------------------------------------------------------------

_EDGES = [datetime(1, 1, 1, 0, 0, 1), datetime(1600, 1, 1), datetime(2262, 4, 11, 23, 47, 17), datetime(2555, 1, 1)]
_datetimes = st.one_of(st.datetimes(), st.sampled_from([*_EDGES, datetime(1, 1, 1), datetime.max]))
_seconds = st.one_of(
    st.integers(EARLIEST_SECONDS, LATEST_SECONDS),
    st.sampled_from([EARLIEST_SECONDS - 1, EARLIEST_SECONDS, LATEST_SECONDS, LATEST_SECONDS + 1, 2**32, 2**34]),
)


def _outcomes(engine: Engine, column: str, literal: str, value: Any) -> list[str | None]:
    """What INSERT and BULK INSERT in each form store for a moment; None where they refuse it as out of range."""
    text = value if isinstance(value, int) else literal.strip("'")
    ways = [
        lambda: "".join(shown(ask(engine, f"insert into t (_id, {column}) values (1, {literal})"))),
        lambda: _load(engine, column, "CSV", f"1,{text}".encode()),
        lambda: _load(engine, column, "NDJSON", _line(json.dumps(text))),
        lambda: _load(engine, column, "NDJSON", _line(json.dumps(text)), _MISSING),
        lambda: _load(engine, column, "PARQUET", _parquet(id=[1], x=[value])),
    ]
    found: list[str | None] = []
    for way in ways:
        ask(engine, "delete from t")
        said = way()
        assert not said or "out of range" in said
        found.append(None if said else _stored(engine, column))
    return found


@given(moment=_datetimes, seconds=_seconds, unit=st.sampled_from(["s", "ms", "us", "ns"]))
@settings(max_examples=20, deadline=None, derandomize=True)
def test_moments_are_those_of_insert(shared_engine: Engine, moment: datetime, seconds: int, unit: str) -> None:
    """A moment of any year is stored as INSERT stores it, or refused where INSERT refuses it, in every unit."""
    assert len({*_outcomes(shared_engine, unit, f"'{moment.isoformat()}Z'", moment)}) == 1
    assert len({*_outcomes(shared_engine, unit, str(seconds), seconds)}) == 1


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("CSV", b"1,2022-06-30\n2,9999-12-31T23:59:59Z\n3,\n4,-62135596799\n"),
        (
            "NDJSON",
            _line('"2022-06-30"') + b'\n{"id":2,"x":253402300799}\n{"id":3,"x":null}\n{"id":4,"x":-62135596799}',
        ),
        ("PARQUET", _parquet(id=[1, 2, 3, 4], x=pa.array([1656547200, LATEST_SECONDS, None, EARLIEST_SECONDS]))),
        (
            "PARQUET",
            _parquet(
                id=[1, 2, 3, 4],
                x=[datetime(2022, 6, 30), datetime(9999, 12, 31, 23, 59, 59, 999_999), None, _EDGES[0]],
            ),
        ),
    ],
)
def test_near_and_far_moments_in_a_column(form: str, data: bytes, engine: Engine) -> None:
    """Some moments beyond those whose nanoseconds fit in 64 bits do not harm the others."""
    assert _load(engine, "s", form, data) == ""
    moments = ["2022-06-30T00:00:00Z", "9999-12-31T23:59:59Z", "null", "0001-01-01T00:00:01Z"]
    assert shown(ask(engine, "select s from t order by _id"))[1:] == moments
    said = _load(engine, "ns", form, data)
    assert said.startswith("! [0:0] inserting value into column 'ns', row 2, value '9999-12-31T23:59:59")
    assert said.endswith("Z' out of range")


# ---- what is refused ---------------------------------------------------------------------------

_EXACT = Context(prec=60)
_NINES = "9" * 5000
_BEYOND = [
    ("s", "1656547200000"),
    ("s", '"0001-01-01T00:00:00+01:00"'),
    ("a", "18446744073709551616"),
    ("a", "-9223372036854775809"),
    ("a", _NINES),
    ("a", "1e400"),
    ("a", "1e99999999999999999999"),
    ("a", '"9223372036854775808"'),
    ("d", "9223372036854775807"),
    ("d", f"-{_NINES}"),
    ("dd", "100"),
]
_WRONG = [
    ("v", "5"),
    ("v", "[1, 1e400]"),
    ("v", "[1, null]"),
    ("i", "18446744073709551615"),
    ("s", "1.5"),
    ("s", '"1_0"'),
    ("ss", '["a", null]'),
    ("sq", "[null]"),
    ("sq", '[1656547200, ["a"]]'),
    ("ii", "[1, null]"),
    ("ii", "[1.50, true]"),
    ("a", "true"),
    ("a", '{"x": 1.50}'),
    ("b", "2"),
    ("g", '[["a"], {}]'),
]


@pytest.mark.parametrize("more", ["", _MISSING])
def test_values_of_ndjson_that_are_refused(more: str, engine: Engine) -> None:
    """Numbers beyond their types and values of other kinds are told as they stand, in both ways to read."""
    for cases, what in ((_BEYOND, "out of range for"), (_WRONG, "cannot be converted to")):
        for column, value in cases:
            told = value.strip('"')[:100]
            said = f"! [0:0] row 1: value '{told}' {what} type '{_TYPES[column]}'"
            assert _load(engine, column, "NDJSON", _line(value), more) == said
    assert shown(ask(engine, "select count(*) from t")) == [":int", "0"]


def test_numbers_are_exact(engine: Engine) -> None:
    """No digit is rounded up, exponents are worked out, and text has a number as it is written."""
    taken = [
        ("d", f"0.{'9' * 40}", "0.99"),
        ("d", "1e-400", "0.00"),
        ("a", "0e999", "0"),
        ("a", "92233720368547758.07e2", "9223372036854775807"),
        ("g", _NINES, _NINES),
        ("g", "1.50e400", "1.50e400"),
        ("ss", "[1, true]", "[1, true]"),
    ]
    for column, value, stored in taken:
        assert _load(engine, column, "NDJSON", _line(value)) == ""
        assert _stored(engine, column) == stored


def _number(digits: int) -> Any:
    return pa.array([Decimal("1" * digits)], pa.decimal128(38, 0))


_BAD_TEXT = pa.Array.from_buffers(pa.string(), 1, pa.array([b"a\xff"]).buffers())


@pytest.mark.parametrize(
    ("column", "values", "said"),
    [
        ("d", _number(19), f"'{'1' * 19}' out of range for"),
        ("a", _number(21), f"'{'1' * 21}' out of range for"),
        ("s", _number(17), f"'{'1' * 17}' out of range for"),
        ("dd", _number(30), f"'{'1' * 30}' out of range for"),
        ("dd", pa.array([Decimal(5 * 10**70)], pa.decimal256(76, 0)), f"'5{'0' * 70}' out of range for"),
        ("a", pa.array([2**64 - 1], pa.uint64()), "'18446744073709551615' out of range for"),
        ("a", pa.array([1e300]), "'1e+300' out of range for"),
        ("s", pa.array([10**15], pa.timestamp("ms")), "'1000000000000000 (timestamp[ms])' out of range for"),
        ("g", pa.array([2**30], pa.int32()).cast(pa.date32()), "'1073741824 (date32[day])' out of range for"),
        ("a", pa.array([float("nan")], pa.float16()), "'nan' cannot be converted to"),
        ("g", _BAD_TEXT, "'a\\xff' cannot be converted to"),
        ("g", pa.array([b"a\xff"]), "'a\\xff' cannot be converted to"),
        ("ss", pa.ListArray.from_arrays([0, 1], _BAD_TEXT), "'list<element: string>' cannot be converted to"),
        ("ss", pa.array([["a", None]]), "'[\"a\", null]' cannot be converted to"),
        ("ss", pa.array([[[("a", 1)]]], pa.list_(pa.map_(pa.string(), pa.int64()))), "'[[[\"a\", 1]]]' cannot"),
        ("ii", pa.array([[1, 2**64 - 1]], pa.list_(pa.uint64())), "'[1, 18446744073709551615]' cannot be"),
        ("g", pa.array([{"x": Decimal("1.50"), "y": True}]), '\'{"x": 1.50, "y": true}\' cannot be converted to'),
        ("v", pa.array([5]), "'5' cannot be converted to"),
        ("b", pa.array([time(1, 2)]), "'01:02:00' cannot be converted to"),
    ],
)
def test_values_of_parquet_that_are_refused(column: str, values: Any, said: str, engine: Engine) -> None:
    """Numbers beyond their types and values of other kinds are told as JSON would have them."""
    answer = _load(engine, column, "PARQUET", _parquet(id=[1], x=values))
    assert answer.startswith(f"! [0:0] row 1: value {said}")
    assert answer.endswith(f"type '{_TYPES[column]}'")


@pytest.mark.parametrize(
    ("column", "values", "stored"),
    [
        ("d", pa.array([Decimal("-0.05"), None], pa.decimal128(38, 2)), "-0.05"),
        ("d", pa.array([Decimal(f"0.{'9' * 38}"), None], pa.decimal128(38, 38)), "0.99"),
        ("i", pa.array([2**64 - 2, None], pa.uint64()), "18446744073709551614"),
        ("a", pa.array([7, None], pa.int8()), "7"),
        ("g", pa.array([date(2022, 6, 30), None], pa.date64()), "2022-06-30"),
        ("g", pa.array([time(1, 2), None]), "01:02:00"),
        ("g", pa.nulls(2), "null"),
        ("ss", pa.array([["b", "b"], None], pa.large_list(pa.large_string())), "[b]"),
        ("ss", pa.array([["x"], None], pa.list_(pa.dictionary(pa.int32(), pa.string()))), "[x]"),
        ("ii", pa.array([[], None], pa.list_(pa.int64())), "null"),
        ("ii", pa.array([[2**64 - 2, 0], None], pa.list_(pa.uint64())), "[0, 18446744073709551614]"),
        ("sq", pa.array([["p"], None]), "[p]"),
        ("v", pa.array([[0.5, 1], None], pa.list_(pa.float16(), 2)), "[0.5, 1.0]"),
    ],
)
def test_values_of_parquet(column: str, values: Any, stored: str, engine: Engine) -> None:
    """Other types of Arrow than the very one are taken where their values say one of the column."""
    assert _load(engine, column, "PARQUET", _parquet(id=[1, 2], x=values)) == ""
    assert shown(ask(engine, f"select {column} from t order by _id"))[1:] == [stored, "null"]


_scales = st.sampled_from([0, 2, 18])
_units = st.one_of(st.integers(-300, 300), st.integers(-(2**63), 2**63 - 1), st.integers(-(10**37), 10**37))
_arrays = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), max_size=3).map(lambda v: pa.array(v, pa.int64())),
    st.lists(st.one_of(st.none(), st.integers(0, 2**64 - 1)), max_size=3).map(lambda v: pa.array(v, pa.uint64())),
    st.lists(st.one_of(st.none(), st.booleans()), max_size=3).map(lambda v: pa.array(v, pa.bool_())),
    st.builds(
        lambda units, scale: pa.array(
            [None if each is None else Decimal(each).scaleb(-scale, _EXACT) for each in units],
            pa.decimal128(38, scale),
        ),
        st.lists(st.one_of(st.none(), _units), max_size=3),
        st.sampled_from([0, 2, 4, 19, 38]),
    ),
    st.builds(
        lambda numbers, unit: pa.array(numbers, pa.int64()).cast(pa.timestamp(unit)),
        st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.integers(0, 10**12)), max_size=3),
        st.sampled_from(["s", "ms", "us", "ns"]),
    ),
    st.lists(st.one_of(st.none(), st.lists(st.one_of(st.none(), st.integers(-1, 2**40)), max_size=2)), max_size=3).map(
        lambda v: pa.array(v, pa.list_(pa.int64()))
    ),
    st.lists(st.one_of(st.none(), st.lists(st.floats(width=32), min_size=1, max_size=2)), max_size=3).map(
        lambda v: pa.array(v, pa.list_(pa.float32()))
    ),
)


def _objects(read: Any) -> Any:
    try:
        return read()
    except BadRequest as error:
        return error.message


@given(first=_arrays, kind=st.sampled_from([*_TYPES]), scale=_scales)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_columns_of_parquet(first: Any, kind: str, scale: int) -> None:
    """Columns of Parquet read at once are what their values are one by one."""
    name = _TYPES[kind].partition("(")[0]
    places = {"decimal": scale, "timestamp": 9, "vector": 2}.get(name, 0)
    mapped = Mapped("x", SqlType(Kind(name), places))
    column = pa.chunked_array([first, first[1:]])
    at_once = _objects(lambda: objects_of(_column(pa.table({"x": column}), mapped, len(column))))
    assert at_once == _objects(
        lambda: objects_of(values_or_objects(mapped.type.kind, read_singly(column, mapped.type)))
    )


# ---- lines and keys ----------------------------------------------------------------------------


@pytest.mark.parametrize("more", ["", _MISSING])
@pytest.mark.parametrize(
    ("text", "row"),
    [
        (b'{"id":1,"x":1} {"id":2,"x":2}', 1),
        (b'{"id":1,"x":1}\n{"id":2,"x":2}{"id":3,\n"x":3}', 2),
        (b'\n{"id":1,"x":1}\r\n \n{"id":2,\n"x":2}', 2),
        (b'{"id":1,"x":1}]', 1),
        (b'{"id":1,"x":NaN}', 1),
    ],
)
def test_each_line_is_one_object(more: str, text: bytes, row: int, engine: Engine) -> None:
    """Two objects on a line, and one over two lines, are no JSON, and nothing is written."""
    said = _load(engine, "a", "NDJSON", text, more)
    assert said.startswith(f"! [0:0] row {row}: unable to parse JSON: ")
    assert shown(ask(engine, "select count(*) from t")) == [":int", "0"]


@pytest.mark.parametrize("more", ["", _MISSING])
def test_lines_end_as_files_have_them(more: str, engine: Engine) -> None:
    """A mark of UTF-8, empty lines and ends of lines as Windows has them are no part of an object."""
    text = b'\xef\xbb\xbf\r\n{"id":1,"x":1}\r\n\r\n{"id":2,"x":2}\r\n \n{"id":3,"x":3}\n'
    assert _load(engine, "a", "NDJSON", text, more) == ""
    assert shown(ask(engine, "select sum(a) from t")) == [":int", "6"]


@pytest.mark.parametrize("key", ['$["a.b"]', 'a"b', "a\\b", "a\tb", "", "é", f"$.{'k.' * 40}k"])
def test_keys_of_any_letters(key: str, engine: Engine) -> None:
    """MAP finds a key that JSON writes with backslashes, and one below very many others; else it is unknown."""
    path = key.removeprefix("$.").split(".") if key.startswith("$.") else [key]
    value: Any = 5
    for part in reversed(path):
        value = {part: value}
    statement = f"bulk insert into t (_id, a) map ('id' id, '{key}' int) from '*' with format 'NDJSON' input 'STREAM'"
    for more in ("", _MISSING):
        ask(engine, "delete from t")
        assert _bulk(engine, f"{statement} {more}", data=json.dumps({"id": 1, **value}).encode()) == []
        assert _stored(engine, "a") == "5"
    assert _bulk(engine, statement, data=b'{"id": 1}') == [f"! [0:0] row 1: unknown key {path[0]}"]
    assert _bulk(engine, f"{statement} {_MISSING}", data=b'{"id": 1}') == []


def test_parquet_with_a_name_twice(engine: Engine) -> None:
    """Which of two columns is meant, nobody knows; one that is not there may be missing."""
    data = _parquet(id=[1], x=[1])
    assert _load(engine, "a", "PARQUET", data, _MISSING) == ""
    table = pa.table([pa.array([1]), pa.array([1]), pa.array([2])], names=["id", "x", "x"])
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer)
    for more in ("", _MISSING):
        said = _load(engine, "a", "PARQUET", buffer.getvalue().to_pybytes(), more)
        assert said == "! [0:0] the file has several columns x"
