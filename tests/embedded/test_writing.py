"""What is written: every kind of column for every type of field, and what is refused."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Context, Decimal
from itertools import count
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import roarbase
from roarbase.embedded import Database
from roarbase.embedded.converters.decimals import decimal_column
from roarbase.embedded.place import Place
from roarbase.embedded.python_lists import list_values
from roarbase.embedded.python_values import array_values
from roarbase.errors import (
    IncorrectState,
    InvalidParameter,
    MissingParameter,
    RelatedResourceNotFound,
    ResourceNotFound,
)
from roarbase.model.batch import NumberColumn
from roarbase.model.fields import FieldSpec, FieldType

FIELDS: dict[str, Any] = {
    "age": {"type": "int", "min": -5, "max": 150},
    "big": "int",
    "price": {"type": "decimal", "scale": 2},
    "seen": {"type": "timestamp", "timeUnit": "ms"},
    "late": {"type": "timestamp", "timeUnit": "ns", "epoch": "2020-01-01T00:00:00Z"},
    "flag": "bool",
    "kind": "id",
    "city": "string",
    "tags": "stringset",
    "nums": "idset",
    "visits": {"type": "stringsetq", "timeQuantum": "YMD"},
}
MOMENT = datetime(2022, 6, 30, 12, 0, 0, 250_000, tzinfo=UTC)
LAST_ID = 2**64 - 2


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with a table `t` that has a field of every type, for all tests here: opening one takes its time."""
    with roarbase.open(tmp_path_factory.mktemp("writing") / "db") as db:
        db.create_table("t", FIELDS)
        yield db


_IDS = count(step=10)


class Fresh:
    """Three records that nobody has written yet."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.ids = [*range(first := next(_IDS), first + 3)]

    def write(self, *, time: str | None = None, **columns: Any) -> int:
        return self.db.write("t", {"_id": self.ids, **columns}, time=time)

    def stored(self, field: str) -> list[Any]:
        """The values of a field in order of record."""
        among = f"_id >= {self.ids[0]} and _id <= {self.ids[-1]}"
        return [row[0] for row in self.db.sql(f"select {field} from t where {among} order by _id").rows]


@pytest.fixture
def fresh(shared: Database) -> Fresh:
    """The records."""
    return Fresh(shared)


def strings(*values: Any) -> Any:
    return pa.array(values).dictionary_encode()


TAKEN: list[tuple[str, Any, list[Any]]] = [
    ("age", [1, None, -5], [1, None, -5]),
    ("age", range(3), [0, 1, 2]),
    ("age", (True + 1, np.int8(3), np.uint64(4)), [2, 3, 4]),
    ("age", np.array([1, 2, 3], np.uint8), [1, 2, 3]),
    ("age", np.array([1, 2, 3], ">i4"), [1, 2, 3]),
    ("age", np.arange(6)[::2], [0, 2, 4]),
    ("age", np.array([1.0, np.nan, 3.0]), [1, None, 3]),
    ("age", np.ma.masked_equal(np.array([1, 9, 3]), 9), [1, None, 3]),
    ("age", np.array([1, None, 3], object), [1, None, 3]),
    ("age", [1.0, Decimal("2"), 3], [1, 2, 3]),
    ("age", pa.array([1, None, 3], pa.int16()), [1, None, 3]),
    ("age", pa.array([7, 1, 2, 3], pa.uint64()).slice(1), [1, 2, 3]),
    ("age", pa.chunked_array([[1], [2, None]]), [1, 2, None]),
    ("age", pa.array([Decimal("1"), None, Decimal("3")], pa.decimal128(38, 0)), [1, None, 3]),
    ("age", pa.nulls(3), [None] * 3),
    ("age", [None] * 3, [None] * 3),
    ("big", [2**63 - 1, -(2**63), 0], [2**63 - 1, -(2**63), 0]),
    ("big", np.array([0, 2**63 - 1, 1], np.uint64), [0, 2**63 - 1, 1]),
    ("price", [Decimal("1.239"), -1.239, 3], [Decimal("1.23"), Decimal("-1.23"), Decimal(3)]),
    ("price", [0.29, 4.35, 1e-9], [Decimal("0.29"), Decimal("4.35"), Decimal(0)]),
    ("price", np.array([0.29, np.nan, 1.1], np.float32), [Decimal("0.29"), None, Decimal("1.10")]),
    ("price", np.array([0.29, -0.57, 2.0**53]), [Decimal("0.29"), Decimal("-0.57"), 2**53]),
    ("price", pa.array([Decimal("1.239"), None, Decimal("-7")]), [Decimal("1.23"), None, Decimal(-7)]),
    ("price", pa.array([Decimal("1.2"), None, Decimal("-7")], pa.decimal256(50, 1)), [Decimal("1.2"), None, -7]),
    ("price", pa.array([Decimal("1.2"), None, Decimal("-7")], pa.decimal32(5, 3)), [Decimal("1.2"), None, -7]),
    ("price", pa.array([Decimal("100"), None, Decimal("-700")]).cast(pa.decimal128(5, -2)), [100, None, -700]),
    ("price", np.array([1, 2, 3], np.int8), [1, 2, 3]),
    ("seen", [MOMENT, None, datetime(1970, 1, 1)], [MOMENT, None, datetime(1970, 1, 1, tzinfo=UTC)]),
    ("seen", [MOMENT.astimezone(timezone(timedelta(hours=5)))] * 3, [MOMENT] * 3),
    (
        "seen",
        [date(1969, 12, 31), date(1, 1, 2), None],
        [datetime(1969, 12, 31, tzinfo=UTC), datetime(1, 1, 2, tzinfo=UTC), None],
    ),
    (
        "seen",
        [1, -1, None],
        [datetime(1970, 1, 1, 0, 0, 0, 1000, UTC), datetime(1969, 12, 31, 23, 59, 59, 999000, UTC), None],
    ),
    (
        "seen",
        np.array(["2022-06-30T12:00:00.2509", "NaT", "1970-01-01"], "M8[us]"),
        [MOMENT, None, datetime(1970, 1, 1, tzinfo=UTC)],
    ),
    (
        "seen",
        np.array(["2022-06-30", "NaT", "1970-01-01"], "M8[D]"),
        [datetime(2022, 6, 30, tzinfo=UTC), None, datetime(1970, 1, 1, tzinfo=UTC)],
    ),
    ("seen", pa.array([MOMENT, None, MOMENT], pa.timestamp("ns", "Europe/Berlin")), [MOMENT, None, MOMENT]),
    (
        "seen",
        pa.array([date(2022, 6, 30), None, date(1970, 1, 1)]),
        [datetime(2022, 6, 30, tzinfo=UTC), None, datetime(1970, 1, 1, tzinfo=UTC)],
    ),
    (
        "seen",
        pa.array([date(2022, 6, 30), None, date(1970, 1, 1)], pa.date64()),
        [datetime(2022, 6, 30, tzinfo=UTC), None, datetime(1970, 1, 1, tzinfo=UTC)],
    ),
    (
        "late",
        pa.array([1, None, 2**60], pa.timestamp("ns")),
        [np.datetime64(1, "ns"), None, np.datetime64(2**60, "ns")],
    ),
    ("flag", [True, False, None], [True, False, None]),
    ("flag", np.array([True, False, True]), [True, False, True]),
    ("flag", [np.True_, False, None], [True, False, None]),
    ("flag", pa.array([True, False, None, True]).slice(1), [False, None, True]),
    ("kind", [0, LAST_ID, None], [0, LAST_ID, None]),
    ("kind", pa.array([3, None, LAST_ID], pa.uint64()), [3, None, LAST_ID]),
    ("kind", pa.array([3, None, 4]).dictionary_encode(), [3, None, 4]),
    ("city", ["a", "", None], ["a", "", None]),
    ("city", np.array(["a", "b", "a"]), ["a", "b", "a"]),
    ("city", strings("a", None, "b"), ["a", None, "b"]),
    ("city", strings("x", "a", None, "b").slice(1), ["a", None, "b"]),
    ("city", pa.DictionaryArray.from_arrays(pa.array([0, 1, 2]), pa.array(["a", None, "a"])), ["a", None, "a"]),
    ("city", pa.DictionaryArray.from_arrays(pa.array([0, None, 1]), pa.array(["a", "a"])), ["a", None, "a"]),
    (
        "city",
        pa.DictionaryArray.from_arrays(pa.array([5, 4, None]), pa.array(list(map(str, range(5000))))),
        ["5", "4", None],
    ),
    ("city", pa.array(["a", None, "b"], pa.large_string()), ["a", None, "b"]),
    ("city", pa.array(["a", None, "b"], pa.string_view()), ["a", None, "b"]),
    ("city", pa.RunEndEncodedArray.from_arrays([2, 3], ["a", "b"]), ["a", "a", "b"]),
    ("tags", [["a", "b", "a"], [], None], [("a", "b"), None, None]),
    ("tags", ["a", None, "b"], [("a",), None, ("b",)]),
    ("tags", [{"a"}, ("b",), frozenset()], [("a",), ("b",), None]),
    ("tags", np.array([["a", "b"], ["b", "b"], ["a", "c"]]), [("a", "b"), ("b",), ("a", "c")]),
    ("tags", pa.array([["z"], ["a", "b"], None, []]).slice(1), [("a", "b"), None, None]),
    ("tags", pa.array([["a"], None, ["b"]], pa.large_list(pa.string())), [("a",), None, ("b",)]),
    ("tags", pa.array([["z"], ["a"], None, ["b"]], pa.list_view(pa.string())).slice(1), [("a",), None, ("b",)]),
    ("tags", pa.ListArray.from_arrays([0, 1, 1, 3], strings("a", "b", "a")), [("a",), None, ("a", "b")]),
    ("tags", strings("a", None, "b"), [("a",), None, ("b",)]),
    ("nums", [[1, 2], None, [LAST_ID]], [(1, 2), None, (LAST_ID,)]),
    ("nums", [5, None, 6], [(5,), None, (6,)]),
    ("nums", np.array([[1, 2], [3, 3], [0, 1]]), [(1, 2), (3,), (0, 1)]),
    ("nums", [np.array([1, 2]), None, np.array([])], [(1, 2), None, None]),
    ("nums", pa.array([[0, 1], None, [3, 4]], pa.list_(pa.uint8(), 2)), [(0, 1), None, (3, 4)]),
    ("nums", pa.array([None, [], None], pa.list_(pa.null())), [None] * 3),
    ("visits", [["a"], None, ["b", "c"]], [("a",), None, ("b", "c")]),
]


@pytest.mark.parametrize(("field", "column", "expected"), TAKEN)
def test_a_column_is_taken(fresh: Fresh, field: str, column: Any, expected: list[Any]) -> None:
    """Whatever library made it, the stored values are its values."""
    assert fresh.write(**{field: column}) == 3
    assert fresh.stored(field) == expected


REFUSED: list[tuple[str, Any, str]] = [
    ("age", [1, 2, 200], "row 2: 200 is out of range: field 'age' takes -5 to 150"),
    ("age", pa.array([1, -6, 2]), "row 1: -6 is out of range"),
    ("age", [1, 2.5, 3], "row 1: 2.5 is not taken: an int field takes whole numbers"),
    ("age", [1.0, 2.5, 3.0], "row 1: 2.5 is not taken"),
    ("age", pa.array([1.0, float("nan"), 3.0]), "row 1: nan is not taken"),
    ("age", [1, Decimal("2.5"), 3], "row 1: 2.5 is not taken"),
    ("age", pa.array([Decimal("1.0"), Decimal("2.5"), None]), "row 1: 2.5 is not taken"),
    ("age", ["1", "2", "3"], "it has strings; an int field takes whole numbers"),
    ("age", [1, "2", 3], "row 1: '2' stands among integers; a column has values of one kind"),
    ("age", [True, False, True], "it has booleans"),
    ("age", [1, object(), 3], "row 1: <object object at "),
    ("age", [1, 2], "it has 2 values, and column '_id' has 3"),
    ("age", 7, "it is a int; a column is a list, a numpy array or Arrow data"),
    ("age", "123", "it is a str"),
    ("age", {1: 1, 2: 2, 3: 3}, "it is a dict"),
    ("age", np.zeros((3, 1, 1)), "it is an array of 3 dimensions"),
    ("age", np.zeros((3, 2), int), "it has lists"),
    ("age", np.zeros(3, "m8[s]"), "it is an array of type timedelta64"),
    ("age", [np.timedelta64(1), None, None], "row 0: np.timedelta64(1) is of type timedelta64"),
    ("age", np.zeros(3, [("a", int)]), "it is an array of 1 dimensions and type"),
    ("age", pa.array([b"1", b"2", b"3"]), "it is of the Arrow type binary, which no field takes"),
    ("age", pa.array([{"a": 1}] * 3), "it is of the Arrow type struct<a: int64>"),
    ("big", [0, 2**63, 1], "row 1: 9223372036854775808 is out of range"),
    ("big", pa.array([0, 2**63, None], pa.uint64()), "row 1: 9223372036854775808 is out of range"),
    ("big", [0, 10**30, 1], "row 1: 1000000000000000000000000000000 is out of range"),
    ("big", [-1, 2**63, 1], "row 1: 9223372036854775808 is out of range"),
    ("big", [1e300, 0, 0], "row 0: "),
    ("big", [Decimal("1e999999"), 0, 0], "row 0: a number beyond 64 bits is out of range"),
    ("big", pa.array([1, 2, 10**37], pa.decimal128(38, 0)), "row 2: a number beyond 64 bits"),
    ("price", [Decimal("NaN"), 0, 0], "row 0: NaN is no number; null is None"),
    ("price", [0, 1, float("inf")], "row 2: inf is no number"),
    ("price", pa.array([1.0, float("nan"), 3.0]), "row 1: nan is no number"),
    (
        "price",
        [0, 10**17, 0],
        "row 1: 100000000000000000 is out of range: field 'price' takes -92233720368547758.08 to",
    ),
    ("price", np.array([0, 1e17, 0]), "row 1: 1e+17 is out of range"),
    ("price", ["1.5"] * 3, "it has strings; a decimal field takes numbers"),
    ("seen", ["2022-06-30T00:00:00Z"] * 3, "it has strings; a timestamp field takes timestamps, dates"),
    ("seen", [1.5, 2.5, 3.5], "it has floats"),
    ("seen", np.array(["0000-01-01", "NaT", "2000"], "M8[s]"), "row 0: a moment outside of years 1 to 9999"),
    ("seen", pa.array([2**62, None, 0], pa.timestamp("s")), "row 0: a moment outside of years"),
    (
        "seen",
        np.array([2**62, 0, 0], "M8[Y]"),
        "it is an array of type datetime64[Y] with moments beyond all calendars",
    ),
    ("late", [date(2200, 1, 1)] * 3, "row 0: 2200-01-01T00:00:00Z is out of range: field 'late' takes 1833"),
    ("flag", [1, 0, 1], "it has integers; a bool field takes True and False"),
    ("kind", [1, -1, 2], "row 1: -1 is no id; ids are whole numbers from 0 to 18446744073709551614"),
    ("kind", [1, 2**64 - 1, 2], "row 1: 18446744073709551615 is no id"),
    ("kind", ["a", "b", "c"], "it has strings; the unkeyed mutex field 'kind' takes ids"),
    ("kind", [1.0, 2.0, 3.0], "it has floats"),
    ("city", [1, 2, 3], "it has integers; the keyed mutex field 'city' takes strings"),
    ("city", ["a", "\ud800", "b"], "row 1: '\\ud800' is no text: it has half of a surrogate pair"),
    ("city", [b"a", b"b", b"c"], "row 0: b'a' is of type bytes"),
    ("city", [["a"], ["b"], []], "it has lists"),
    ("tags", [["a"], ["b", None], []], "row 1, in the list: null is no row; leave it out"),
    ("tags", pa.array([["a"], [], ["b", None]]), "row 2, in the list: null is no row"),
    ("tags", [["a"], [1], []], "row 1, in the list: 1 stands among strings"),
    ("tags", [["a"], "b", []], "row 1: 'b' stands among lists"),
    ("tags", [[1], [2], [3]], "it has integers; the keyed set field 'tags' takes strings"),
    ("tags", [[["a"]], [], []], "it has lists"),
    ("nums", [[1], [2, -1], []], "row 1, in the list: -1 is no id"),
    ("nums", pa.array([[1], None, [3, -1]]), "row 2, in the list: -1 is no id"),
    ("nums", [np.zeros((1, 1), int), [], []], "row 0: an array of 2 dimensions; a list has one"),
]


@pytest.mark.parametrize(("field", "column", "message"), REFUSED)
def test_a_column_is_refused(fresh: Fresh, field: str, column: Any, message: str) -> None:
    """The error names the column and the row, and nothing is written, of other columns neither."""
    separator = ", " if message.startswith("row") else ": "
    with pytest.raises(InvalidParameter, match=re.escape(f"column {field!r}{separator}{message}")) as caught:
        fresh.write(**{"flag": [True] * 3, field: column})
    assert caught.value.column == field
    assert fresh.stored("_id") == []


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([1, None, 2], "column '_id', row 1: null; every record needs its id or key"),
        ([1, -1, 2], "column '_id', row 1: -1 is no id"),
        ([1, 2**64 - 1, 2], "column '_id', row 1: 18446744073709551615 is no id"),
        ([1.0, 2.0, 3.0], "column '_id': it has floats; records have whole numbers as ids, or strings as keys"),
        (["a", "", "b"], "column '_id', row 1: the key of a record may not be empty"),
        ([None], "column '_id', row 0: null"),
    ],
)
def test_records_need_names(shared: Database, ids: list[Any], message: str) -> None:
    """An id from 0 to 2^64-2 or a key that is not empty."""
    with pytest.raises(InvalidParameter, match=message):
        shared.write("t", {"_id": ids})


def test_data_is_columns(shared: Database) -> None:
    """Anything else is refused, and so are columns that belong to no field, and a missing id or table."""
    with pytest.raises(InvalidParameter, match="the data is a list: give a dictionary of columns, or an Arrow table"):
        shared.write("t", [{"_id": 1}])
    with pytest.raises(MissingParameter, match="no column '_id' says which records these are; the columns are 'age'"):
        shared.write("t", {"age": [1]})
    with pytest.raises(InvalidParameter, match="table 't' has no field 'nope'; its fields are 'age', 'big'"):
        shared.write("t", {"_id": [1], "nope": [1]})
    with pytest.raises(InvalidParameter, match="is no table"):
        shared.write("t", pa.array([1, 2]))
    with pytest.raises(InvalidParameter, match="no one column 'age': there are several of that name"):
        shared.write("t", pa.Table.from_arrays([pa.array([1])] * 3, ["_id", "age", "age"]))
    with pytest.raises(ResourceNotFound, match="table not found: 'u'"):
        shared.write("u", {"_id": [1]})


def test_a_reference_is_a_key_of_another_table(db: Database) -> None:
    """It is written and read as that key; anything else is refused, and so is dropping the table it refers to."""
    db.create_table("towns", {"size": "int"}, keys=True)
    db.create_table("people", {"home": {"type": "int", "foreignIndex": "towns"}})
    db.write("people", {"_id": [1, 2, 3], "home": ["lyon", None, "oslo"]})
    db.write("people", {"_id": [4, 5, 6], "home": strings("oslo", None, "lyon")})
    db.write("people", {"_id": [6, 7], "home": [None, None]})
    assert [row[0] for row in db.sql("select home from people order by _id").rows] == (
        ["lyon", None, "oslo", "oslo", None, None, None]
    )
    with pytest.raises(InvalidParameter, match="column 'home': it has integers; field 'home' takes keys of records of"):
        db.write("people", {"_id": [1], "home": [7]})
    with pytest.raises(IncorrectState, match=r"people\.home"):
        db.drop_table("towns")
    with pytest.raises(RelatedResourceNotFound, match="'villages'"):
        db.create_table("others", {"home": {"type": "int", "foreignIndex": "villages"}})
    assert db.tables() == ["people", "towns"]


def test_a_column_says_when_time_fields_got_their_rows(fresh: Fresh) -> None:
    """It is stored as well where a field has its name; null is no time."""
    fresh.write(visits=[["a"], ["b"], ["c"]], seen=[MOMENT, date(2021, 1, 1), None], time="seen")
    asked = f"ConstRow(columns={fresh.ids})"
    for period, row, expected in (("2022", "a", 1), ("2021", "a", 0), ("2021", "b", 1), ("2022", "c", 0)):
        call = f"Row(visits={row}, from='{period}-01-01T00:00', to='{int(period) + 1}-01-01T00:00')"
        assert fresh.db.pql(f"[t]Count(Intersect({asked}, {call}))").value == expected
    assert fresh.stored("seen") == [MOMENT, datetime(2021, 1, 1, tzinfo=UTC), None]
    assert fresh.stored("visits") == [("a",), ("b",), ("c",)]
    seconds = np.array([0, 86400, -1])
    fresh.db.write("t", {"_id": fresh.ids, "visits": ["x"] * 3, "when": seconds}, time="when")
    row = "Row(visits=x, from='1970-01-01T00:00', to='1970-01-02T00:00')"
    assert fresh.db.pql(f"[t]Count({row})").value == 1


@pytest.mark.parametrize(
    ("times", "message"),
    [
        (["2022"] * 3, "column 'when': it has strings; times are timestamps, dates or whole seconds since 1970"),
        ([0, 2**40, 0], "column 'when', row 1: 1099511627776 is no time: times are of the years 1 to 9999"),
        ([0, 1], "column 'when': it has 2 values, and column '_id' has 3"),
    ],
)
def test_times_are_moments(fresh: Fresh, times: list[Any], message: str) -> None:
    """Of the years 1 to 9999; the column must be there."""
    with pytest.raises(InvalidParameter, match=message):
        fresh.write(visits=["a"] * 3, when=times, time="when")
    with pytest.raises(MissingParameter, match="no column 'then' says when this was; the columns are '_id', 'visits'"):
        fresh.write(visits=["a"] * 3, time="then")


def test_null_clears_and_no_column_leaves_alone(fresh: Fresh) -> None:
    """A set keeps what it has, and gains what comes."""
    fresh.write(age=[1, 2, 3], city=["a", "b", "c"], tags=[["x"], ["y"], []])
    fresh.write(age=[None, 5, None], tags=[["z"], None, ["x"]])
    assert fresh.stored("age") == [None, 5, None]
    assert fresh.stored("city") == ["a", "b", "c"]
    assert [sorted(tags) for tags in fresh.stored("tags")] == [["x", "z"], ["y"], ["x"]]


def test_a_record_given_twice_has_its_later_value(fresh: Fresh) -> None:
    """Within one write as in two."""
    first = fresh.ids[0]
    fresh.db.write("t", {"_id": [first, first], "age": [1, 2], "nums": [[1], [2]]})
    assert (fresh.stored("age"), fresh.stored("nums")) == ([2], [(1, 2)])


def test_the_id_column_may_have_any_name(fresh: Fresh) -> None:
    """It names the records and is stored nowhere else, even if a field has its name."""
    fresh.db.write("t", {"age": fresh.ids[:1], "big": [7]}, id="age")
    assert (fresh.stored("age"), fresh.stored("big")) == ([None], [7])


@pytest.mark.parametrize("data", [{"_id": []}, {"_id": [], "age": []}, {"_id": pa.array([], pa.string())}])
def test_no_rows_are_no_write(db: Database, data: Any) -> None:
    """The table's kind of record stays open."""
    db.create_table("t", {"age": "int"})
    assert db.write("t", data) == 0
    assert db.write("t", {"_id": ["key"]}) == 1


class Frame:
    """What another library's table looks like to Arrow."""

    def __init__(self, table: Any) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self._table.__arrow_c_stream__(requested_schema)


def test_arrow_tables_of_all_libraries_are_taken(fresh: Fresh) -> None:
    """Tables, record batches and streams by the protocol that they share."""
    table = pa.table({"_id": pa.array(fresh.ids), "age": [1, 2, 3], "city": strings("a", "b", None)})
    chunked = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    for data in (table, table.to_batches()[0], table.to_reader(), chunked, Frame(chunked)):
        assert fresh.db.write("t", data) == 3
        assert (fresh.stored("age"), fresh.stored("city")) == ([1, 2, 3], ["a", "b", None])
        fresh.write(age=[None] * 3)


FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6).map(lambda n: n / 100)


@given(FLOATS, st.integers(0, 18))
@example(0.29, 2)
@example(4.35, 2)
@example(1.005, 2)
@example(9007199254740993.0, 0)
@example(0.1 + 0.2, 17)
def test_floats_are_the_decimals_that_name_them(number: float, scale: int) -> None:
    """As if the float's own text were read as a decimal, and cut to the scale; those that are too large are refused."""
    spec, place = FieldSpec(name="d", type=FieldType.DECIMAL, scale=scale), Place("d")
    expected = int(Decimal(repr(number)).scaleb(scale, Context(prec=400)))
    for values in (array_values(np.array([number]), spec, place), list_values([number, Decimal(0)], spec, place)):
        if -(2**63) <= expected < 2**63:
            column = decimal_column(values, spec, place)
            assert isinstance(column, NumberColumn)
            assert column.values[0] == expected
        else:
            with pytest.raises(InvalidParameter, match="out of range"):
                decimal_column(values, spec, place)
