"""Vectors and varchar: what goes in comes out, distances are those of plain Python, and nothing else gets in."""

import math
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import roarbase
from roarbase.errors import RequestError
from roarbase.model.field_definitions import read_field, shown_options
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.vectors import check_strings, text_of_vector, vector_of_text, vectors_of_texts
from roarbase.query.sql.later.operations import OPERATIONS
from tests.query.sql.later.asking import ask, opened, shown
from tests.query.sql.later.test_bulk import _bulk, _parquet

_TABLE = "create table v (_id id, v vector(3), name varchar(4), note varchar(max))"
_ROWS = "insert into v values (1, {1.0, 0, -2.5}, 'abcd', 'x'), (2, {0, 0, 0}, null, null), (3, null, 'é€😀a', 'y')"
_numbers = st.floats(-1e6, 1e6, allow_subnormal=False)


def _answer(statement: str, path: Path) -> list[str]:
    with opened(path / "db") as engine:
        for made in (_TABLE, _ROWS):
            assert shown(ask(engine, made)) == []
        return shown(ask(engine, statement))


@given(vectors=st.lists(st.one_of(st.none(), st.tuples(_numbers, _numbers)), max_size=4))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_texts(vectors: list[tuple[float, float] | None]) -> None:
    """A text says the very numbers that it was made of."""
    texts = [None if vector is None else text_of_vector(vector) for vector in vectors]
    assert vectors_of_texts(texts) == vectors
    assert [text and vector_of_text(text) for text in texts] == vectors


@given(pairs=st.lists(st.tuples(_numbers, _numbers), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_distances(pairs: list[tuple[float, float]]) -> None:
    """A distance is that of plain Python, rounded."""
    one, other = zip(*pairs, strict=True)
    straight = OPERATIONS["euclidean_distance"].plain(one, other)
    assert straight == pytest.approx(math.dist(one, other) * 10**6, rel=1e-12, abs=1)
    lengths = math.hypot(*one) * math.hypot(*other)
    angle = OPERATIONS["cosine_distance"].plain(one, other)
    if 1e-100 < lengths < math.inf:
        expected = 1 - sum(x * y for x, y in pairs) / lengths
        assert angle == pytest.approx(expected * 10**6, abs=2)


@pytest.mark.parametrize("scale", [1e-320, 1e-304, 1e-160, 1.0, 1e160, 1e308])
def test_directions_of_very_short_and_very_long_vectors(scale: float) -> None:
    """The squares of such numbers are zeros or infinite; their angles are not."""
    angle = OPERATIONS["cosine_distance"].plain
    assert angle([1.0, 1.0], [scale, scale]) == 0
    assert angle([scale, 0.0], [0.0, -1e300]) == 10**6
    assert angle([scale], [-scale]) == 2 * 10**6
    assert angle([scale], [0.0]) is None


def test_distances_of_columns(tmp_path: Path) -> None:
    """Of a column and a literal, of two columns, of what has no direction, and of nothing."""
    statement = (
        "select _id, euclidean_distance(v, {1.0, 0, -0.5}) as e, cosine_distance({2, 0, -5}, v) as c, "
        "euclidean_distance(v, v) as s from v order by _id"
    )
    assert _answer(statement, tmp_path) == [
        "_id:id, e:decimal(6), c:decimal(6), s:decimal(6)",
        "1 | 2.000000 | 0.000000 | 0.000000",
        "2 | 1.118034 | null | 0.000000",
        "3 | null | null | null",
    ]


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("select _id, v from v", ["1 | [1.0, 0.0, -2.5]", "2 | [0.0, 0.0, 0.0]", "3 | null"]),
        ("select _id from v where v is null", ["3"]),
        ("select _id from v where v is not null and euclidean_distance(v, {0, 0, 0}) < 1", ["2"]),
        ("select count(v), count(distinct v) from v", ["2 | 2"]),
        (
            "select v, count(*) from v group by v order by 2, v",
            ["null | 1", "[0.0, 0.0, 0.0] | 1", "[1.0, 0.0, -2.5] | 1"],
        ),
        ("select distinct v from v where v is not null order by v", ["[0.0, 0.0, 0.0]", "[1.0, 0.0, -2.5]"]),
        ("select x.v from (select v from v where _id = 1) x", ["[1.0, 0.0, -2.5]"]),
        (
            "select v from v where _id = 2 union all select v from v where _id = 1",
            ["[0.0, 0.0, 0.0]", "[1.0, 0.0, -2.5]"],
        ),
        ("select cast(v as string) from v where _id = 1", ["[1.0,0.0,-2.5]"]),
        ("select _id from v where name = 'abcd'", ["1"]),
        ("select a._id, b._id from v a join v b on a.v = b.v", ["1 | 1", "2 | 2"]),
        ("select coalesce(v, v) from v where _id = 1", ["[1.0, 0.0, -2.5]"]),
        ("select name, len(name) from v where _id = 3", ["é€😀a | 4"]),
    ],
)
def test_queries(statement: str, rows: list[str], tmp_path: Path) -> None:
    """Vectors stand wherever a column of another type does that has no order."""
    assert _answer(statement, tmp_path)[1:] == rows


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("create table x (_id id, v vector)", "[1:27] vector size expected"),
        ("create table x (_id id, v vector(0))", "[1:27] invalid value '0' for vector size (1 to 4096)"),
        ("create table x (_id id, v varchar)", "[1:27] varchar size expected"),
        ("create table x (_id varchar(3))", "[1:21] unknown type 'varchar'"),
        ("select cast('x' as varchar(3))", "[1:20] unknown type 'varchar'"),
        (
            "insert into v (_id, v) values (4, {1.0, 2.0})",
            "[1:35] an expression of type 'tuple(decimal(1), decimal(1))' cannot be assigned to type 'vector(3)'",
        ),
        (
            "insert into v (_id, v) values (4, {1, 2, 'x'})",
            "[1:35] an expression of type 'tuple(int, int, string)' cannot be assigned to type 'vector(3)'",
        ),
        (
            "insert into v (_id, name) values (4, 'abcde')",
            "[1:38] data overflow: a string of 5 characters, where 4 is the most",
        ),
        ("select cosine_distance(v, {1, 2}) from v", "[1:27] types 'vector(3)' and 'vector(2)' are not comparable"),
        ("select cosine_distance(v, 'x') from v", "[1:27] vector expression expected"),
        ("select cosine_distance(v, {'x', 1, 2}) from v", "[1:27] vector expression expected"),
        ("select _id from v where v < v", "[1:27] operator '<' incompatible with type 'vector(3)'"),
        ("select _id from v where v = 'x'", "[1:27] types 'vector(3)' and 'string' are not equatable"),
        ("select max(v) from v", "[1:12] integer, decimal, timestamp or string expression expected"),
        ("select v + 1 from v", "[1:10] operator '+' incompatible with type 'vector(3)'"),
    ],
)
def test_what_cannot_be(statement: str, said: str, tmp_path: Path) -> None:
    """What is wrong is said with its place."""
    assert _answer(statement, tmp_path) == [f"! {said}"]


def test_bulk(tmp_path: Path) -> None:
    """CSV, NDJSON and Parquet bring vectors, and refuse what is none."""
    with opened(tmp_path / "db") as engine:
        ask(engine, _TABLE)
        bulk, csv = "bulk insert into v (_id, v) map", "with format 'CSV' input 'STREAM'"
        assert _bulk(engine, f"{bulk} (0 id, 1 vector(3)) from '*' {csv}", a=b'1,"[1, 2.5,-3e1]"\n2,\n') == []
        line = b'{"i": 3, "v": [1, 2.5, 3e-1]}\n{"i": 4, "v": null}'
        json = "from '*' with format 'NDJSON' input 'STREAM'"
        assert _bulk(engine, f"{bulk} ('i' id, 'v' vector(3)) {json}", a=line) == []
        file = _parquet(i=[5], v=pa.array([[0.5, 1.0, 2.0]], pa.list_(pa.float32())))
        parquet = "from '*' with format 'PARQUET' input 'STREAM'"
        assert _bulk(engine, f"{bulk} ('i' id, 'v' vector(3)) {parquet}", a=file) == []
        assert shown(ask(engine, "select _id, v from v"))[1:] == [
            "1 | [1.0, 2.5, -30.0]",
            "2 | null",
            "3 | [1.0, 2.5, 0.3]",
            "4 | null",
            "5 | [0.5, 1.0, 2.0]",
        ]
        wrong = _bulk(engine, f"{bulk} (0 id, 1 vector(3)) from '*' {csv}", a=b'1,"[1, 2]"\n')
        assert wrong == ["! [0:0] row 1: value '[1, 2]' cannot be converted to type 'vector(3)'"]
        nan = _bulk(engine, f"{bulk} ('i' id, 'v' vector(3)) {json}", a=b'{"i": 1, "v": [1, true, 3]}')
        assert nan == ["! [0:0] row 1: value '[1, true, 3]' cannot be converted to type 'vector(3)'"]
        long = _bulk(engine, f"bulk insert into v (_id, name) map (0 id, 1 string) from '*' {csv}", a=b"1,abcde")
        assert long[0].endswith("row 1, data overflow: a string of 5 characters, where 4 is the most")


def test_they_last(tmp_path: Path) -> None:
    """The types are those of the columns after a restart, in SHOW, in a copy, and in the statement that makes it."""
    with roarbase.open(tmp_path / "db") as db:
        db.later_sql(_TABLE)
        db.later_sql(_ROWS)
        db.later_sql("copy v to w")
    with roarbase.open(tmp_path / "db") as db:
        made = db.later_sql("show create table w")
        assert [*made] == [("create table w (_id id, v vector(3), name varchar(4), note varchar(max))",)]
        assert [row[2] for row in db.later_sql("show columns from v")] == [
            "id",
            "vector(3)",
            "varchar(4)",
            "varchar(max)",
        ]
        assert [*db.later_sql("select v from w where _id = 1")] == [((1.0, 0.0, -2.5),)]
        assert db.later_sql("select v from w").arrow().schema.field("v").type == pa.list_(pa.float64())
        assert [*db.later_sql("select cosine_distance(v, {1.0, 0, 0}) from w where _id = 1")] == [
            (Decimal("0.628609"),)
        ]
        assert [*db.sql("select v from w where _id = 1")] == [("[1.0,0.0,-2.5]",)]


def test_other_ways_in_are_guarded(tmp_path: Path) -> None:
    """What PQL writes is checked as well, and nothing of a refused write stays."""
    with roarbase.open(tmp_path / "db") as db:
        db.later_sql(_TABLE)
        db.pql('[v]Set(1, v="[1,2,3]") Set(1, name="abcd")')
        for wrong in ('Set(2, v="[1,2]")', 'Set(2, v="x")', 'Set(2, v="[1,2,1e999]")', 'Set(2, name="abcde")'):
            with pytest.raises(RequestError, match=r"field '(v|name)'"):
                db.pql(f"[v]{wrong}")
        assert [*db.later_sql("select _id, v, name from v")] == [(1, (1.0, 2.0, 3.0), "abcd")]


def test_options() -> None:
    """REST has them as options of a mutex of strings."""
    spec = read_field("v", {"type": "mutex", "keys": True, "dimensions": 3})
    assert spec == FieldSpec(name="v", type=FieldType.MUTEX, is_keyed=True, dimensions=3)
    assert shown_options(spec) == {"type": "mutex", "keys": True, "dimensions": 3}
    with pytest.raises(RequestError, match=r"dimensions.* is for strings: give `keys`, too"):
        read_field("v", {"type": "mutex", "dimensions": 3})
    with pytest.raises(RequestError, match="data overflow: 'abc' has 3 characters, and 2 is the most"):
        check_strings(FieldSpec(name="n", type=FieldType.MUTEX, is_keyed=True, length=2), ["a", "abc"])
