"""Finishing steps shape the table of the engine into the answer."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roarbase.model.results import CountResult, DataType, Result, ResultColumn, ResultTable
from roarbase.query.program import AskData
from roarbase.query.sql import compile_sql
from roarbase.query.sql.finish import AddAverage, CutRows, OrderRows, RowOrder, Shape, ShapeColumns
from roarbase.query.sql.truth import is_like
from tests.query.sql.schema import SCHEMA


def table(*columns: Sequence[object]) -> ResultTable:
    """A table as the engine gives it: the finishing steps settle names and types."""
    return ResultTable(
        columns=tuple(ResultColumn(name=f"c{i}", type=DataType.INT64, cells=cells) for i, cells in enumerate(columns))
    )


def rows(result: Result) -> list[tuple[object, ...]]:
    """The rows of an answer."""
    return list(zip(*(column.cells for column in result.table().columns), strict=True))


def finished(statement: str, result: Result) -> Result:
    """What a statement makes of the engine's answer."""
    (step,) = compile_sql(statement, SCHEMA)
    assert isinstance(step, AskData)
    for finish in step.finish:
        result = finish(result)
    return result


GROUPS = table(["a", "b", "c", "d"], [4, 1, 3, 3], [1050, None, 1051, -1], [2, 0, 3, 1])
"""species, count(*), sum(width) and count(width)."""


@pytest.mark.parametrize(
    ("having", "expected"),
    [
        ("count > 1", "acd"),
        ("count(*) in (1, 4)", "ab"),
        ("not count between 2 and 3", "ab"),
        ("sum(width) > 10.5", "c"),
        ("sum(width) >= 10.5", "ac"),
        ("sum(width) = 10.50", "a"),
        ("sum(width) != 10.5", "cd"),
        ("not sum(width) > 10.5", "ad"),
        ("sum(width) is null", "b"),
        ("sum(width) is not null and count(*) = 3", "cd"),
        ("sum(width) = null", ""),
        ("sum(width) in (10.5, null)", "a"),
        ("sum(width) not in (10.5, null)", ""),
        ("avg(width) = 5.25", "a"),
        ("avg(width) < 0", "d"),
        ("species > 'b'", None),
        ("species in ('b', 'x') or count < 4", "bcd"),
        ("species like '_' and species not like 'd'", "abc"),
        ("n = 4", "a"),
        ("sum > 10.5", "c"),
        ("1 = 2", ""),
    ],
)
def test_having_keeps_groups(having: str, expected: str | None) -> None:
    """A group stays where HAVING is true for its row; nulls make nothing true but IS NULL."""
    statement = (
        "select species, count(*) as n, sum(width), count(width), avg(width) from flowers "
        f"group by species having {having}"
    )
    if expected is None:
        with pytest.raises(Exception, match="incompatible with type 'string'"):
            finished(statement, GROUPS)
    else:
        assert "".join(str(row[0]) for row in rows(finished(statement, GROUPS))) == expected


def test_an_average_is_the_nearest_float() -> None:
    """The average is one division of whole numbers, in the unit of the field; of no values it is null."""
    averaged = AddAverage(0, 1, 2)(table([1050, None, 10, 2**63], [3, 0, 3, 1]))
    assert [row[2] for row in rows(averaged)] == [3.5, None, 10 / 300, 2**63 / 100]


@pytest.mark.parametrize(
    ("statement", "result", "names", "expected"),
    [
        ("select count(*) from flowers", CountResult(count=7), ["count(*)"], [(7,)]),
        ("select count(*) as N from flowers having count > 7", CountResult(count=7), ["n"], []),
        ("select count(*) from flowers limit 0", CountResult(count=7), ["count(*)"], []),
        ("select width, _id from flowers", table([3, 5], [150, None]), ["width", "_id"], [(150, 3), (None, 5)]),
        ("select colors c from flowers", table([3, 5], [("red",), ()]), ["c"], [(("red",),), (None,)]),
        ("select distinct petals from flowers order by 1 desc", table([1, 5, 3]), ["petals"], [(5,), (3,), (1,)]),
        (
            "select avg(width), species from flowers group by species order by avg(width) desc limit 1 offset 1",
            table(["a", "b", "c"], [100, None, 300], [1, 0, 1]),
            ["avg(width)", "species"],
            [(1.0, "a")],
        ),
        ("select _id from flowers", table([]), ["_id"], []),
    ],
)
def test_answers(statement: str, result: Result, names: list[str], expected: list[tuple[object, ...]]) -> None:
    """Columns are chosen, named and in the order of the statement."""
    answer = finished(statement, result).table()
    assert [column.name for column in answer.columns] == names
    assert rows(answer) == expected


def test_types_are_those_of_the_language() -> None:
    """Whatever the engine calls a column, a decimal keeps its scale, and a count is unsigned."""
    answer = finished("select max(width), count(width) from flowers", table([435], [3])).table()
    assert [(c.type, c.scale) for c in answer.columns] == [(DataType.DECIMAL, 2), (DataType.UINT64, 0)]


def test_an_answer_without_columns_stays_so() -> None:
    """Cutting and ordering nothing gives nothing."""
    assert CutRows(1)(OrderRows(())(ResultTable())) == ResultTable()


@pytest.mark.parametrize(
    ("is_descending", "nulls_first", "expected"),
    [
        (False, True, "eacbd"),
        (False, False, "acbde"),
        (True, False, "dbace"),
        (True, True, "edbac"),
    ],
)
def test_order_places_nulls_as_asked(is_descending: bool, nulls_first: bool, expected: str) -> None:
    """Nulls go first or last; equal rows keep their order, also descending."""
    given_rows = table(list("abcde"), [1, 2, 1, 3, None])
    ordered = OrderRows((RowOrder(1, is_descending, nulls_first),))(given_rows)
    assert "".join(str(row[0]) for row in rows(ordered)) == expected


@given(
    cells=st.lists(st.tuples(st.none() | st.integers(0, 3), st.none() | st.integers(0, 3)), max_size=12),
    first=st.booleans(),
    second=st.booleans(),
)
def test_order_by_two_columns(cells: list[tuple[int | None, int | None]], first: bool, second: bool) -> None:
    """Two terms order as a sort by pairs does, nulls lowest."""
    columns = table([c[0] for c in cells], [c[1] for c in cells])
    ordered = OrderRows((RowOrder(0, first, not first), RowOrder(1, second, not second)))(columns)

    def rank(cell: object, is_descending: bool) -> int:
        value = -1 if cell is None else int(str(cell))
        return -value if is_descending else value

    assert rows(ordered) == sorted(cells, key=lambda c: (rank(c[0], first), rank(c[1], second)))


@pytest.mark.parametrize(("limit", "offset", "expected"), [(None, 0, 5), (2, 0, 2), (None, 3, 2), (2, 4, 1), (3, 9, 0)])
def test_cutting(limit: int | None, offset: int, expected: int) -> None:
    """Rows are skipped first, then kept."""
    assert len(rows(CutRows(limit, offset)(table(range(5))))) == expected


def test_a_column_may_be_asked_twice() -> None:
    """One column of the engine can become two of the answer."""
    shape = ShapeColumns((Shape(0, "a", DataType.INT64), Shape(0, "b", DataType.DECIMAL, 2)))
    assert rows(shape(table([1, 2]))) == [(1, 1), (2, 2)]


@given(text=st.text("ab%_\n", max_size=8), pattern=st.text("ab%_\n", max_size=6))
def test_like_is_the_recursive_definition(text: str, pattern: str) -> None:
    """`%` stands for any run of characters, `_` for exactly one."""

    def matches(t: str, p: str) -> bool:
        if not p:
            return not t
        if p[0] == "%":
            return any(matches(t[i:], p[1:]) for i in range(len(t) + 1))
        return bool(t) and p[0] in ("_", t[0]) and matches(t[1:], p[1:])

    assert is_like(text, pattern) is matches(text, pattern)


def test_sums_beyond_the_precision_of_decimals_compare_exactly() -> None:
    """A sum of more digits than the context of decimals keeps is not rounded."""
    total = 10**30 + 1
    kept = finished(f"select sum(width) from flowers having sum(width) > {Decimal(10) ** 28}", table([total]))
    assert rows(kept) == [(total,)]
