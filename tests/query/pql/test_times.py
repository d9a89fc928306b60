"""What PQL finds between two times, from text to answer."""

from datetime import UTC, datetime
from typing import Any

import pytest

from roarbase.engine.bitmap_state import BitmapState
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable, DropViews
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.query.pql import compile_pql
from roarbase.query.program import AskData
from roarbase.testing.batches import At, batch_of

VISITS = {
    1: "1999-12-31 23:59",
    2: "2000-01-01 00:00",
    3: "2000-02-29 12:30",
    4: "2000-03-01 00:00",
    5: "2004-12-31 23:00",
    6: "2005-01-01 00:30",
}


def at(text: str, *rows: Any) -> At:
    return At(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()), rows)


def table_of(spec: FieldSpec, writes: Any) -> BitmapState:
    state = BitmapState()
    state.apply(CreateTable(table="t", name="t", is_keyed=False))
    state.apply(CreateField(table="t", field_id="f", spec=spec))
    state.apply(state.assign(batch_of("t", [spec], writes, is_keyed=False)))
    return state


def ask(state: BitmapState, statement: str) -> list[tuple[Any, ...]]:
    """The rows of an answer."""
    (step,) = compile_pql(f"[t]{statement}", state.schema())
    assert isinstance(step, AskData)
    return [*zip(*(column.cells for column in state.run("t", step.plan, Budget()).table().columns), strict=True)]


def records(state: BitmapState, statement: str) -> list[int]:
    return [row[0] for row in ask(state, statement)]


def visits(quantum: str, **options: Any) -> BitmapState:
    """Six records with row 7 at their times, and one without a time."""
    spec = FieldSpec(name="f", type=FieldType.TIME, quantum=quantum, **options)
    return table_of(spec, [*((name, {"f": at(text, 7)}) for name, text in VISITS.items()), (9, {"f": [7]})])


@pytest.mark.parametrize(
    ("quantum", "found"),
    [
        ("Y", [2, 3, 4]),
        ("YM", [2, 3, 4, 5]),
        ("M", [2, 3, 4, 5]),
        ("YMD", [2, 3, 4, 5]),
        ("MD", [2, 3, 4, 5]),
        ("D", [2, 3, 4, 5]),
        ("YMDH", [2, 3, 4, 5, 6]),
        ("MDH", [2, 3, 4, 5, 6]),
        ("DH", [2, 3, 4, 5, 6]),
        ("H", [2, 3, 4, 5, 6]),
    ],
)
def test_a_unit_cut_by_the_end_does_not_count_but_an_hour_does(quantum: str, found: list[int]) -> None:
    """The shortest unit of the quantum decides what lies between two times."""
    end = "2004-12-31T23:30" if quantum == "Y" else "2005-01-01T00:15"
    assert records(visits(quantum), f"Row(f=7, from='2000', to={end})") == found


@pytest.mark.parametrize(
    ("bounds", "found"),
    [
        ("from='1999-12-31T23', to='2000'", [1]),
        ("from='1999', to='2000-02'", [1, 2]),
        ("from='2000-02', to='2000-03'", [3]),
        ("from='2000-02-29', to='2000-03-01'", [3]),
        ("from='2000-02-29T12', to='2000-02-29T13'", [3]),
        ("from=2000-02-29T12:59, to='2000-02-29T13'", [3]),
        ("from=2000-02-29T13:00, to='2000-03-01'", []),
        ("from='2000-03-01'", [4, 5, 6]),
        ("to='2000-03-01'", [1, 2, 3]),
        ("from=946684800, to=946684801", [2]),
        ("from='2006'", []),
        ("to='1998'", []),
        ("from='2001', to='2000'", []),
        ("from='2000', to='2000'", []),
        ("from=-9223372036854775808, to=9223372036854775807", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_bounds_in_all_their_forms(bounds: str, found: list[int]) -> None:
    """Years, months, days, hours, minutes and Unix seconds bound a range; its start counts, its end does not."""
    assert records(visits("YMDH"), f"Row(f=7, {bounds})") == found


def test_what_has_no_time_is_in_the_standard_view_only() -> None:
    """A row without a time answers a question without one, and no range."""
    state = visits("D")
    assert records(state, "Row(f=7)") == [1, 2, 3, 4, 5, 6, 9]
    assert records(state, "Row(f=7, from='0001')") == [1, 2, 3, 4, 5, 6]


def test_without_a_standard_view_all_views_answer_together() -> None:
    """What has no time is dropped, and a question without one takes what any view holds."""
    state = visits("D", no_standard_view=True)
    assert records(state, "Row(f=7)") == [1, 2, 3, 4, 5, 6]
    assert records(state, "Row(f != null)") == [1, 2, 3, 4, 5, 6]
    assert records(state, "All()") == [1, 2, 3, 4, 5, 6, 9]
    assert ask(state, "TopK(f)") == [(7, 6)]
    state.apply(DropViews(table="t", field_id="f", ended_by=at("2000-03-01 00:00").second))
    assert records(state, "Row(f=7)") == [4, 5, 6]
    assert ask(state, "Extract(ConstRow(columns=[3, 4]), Rows(f))") == [(3, None), (4, (7,))]


def test_every_call_with_times() -> None:
    """Rows, GroupBy, TopK, UnionRows and Extract look at the range only."""
    spec = FieldSpec(name="f", type=FieldType.TIME, is_keyed=True, quantum="YM")
    writes = [
        (1, {"f": at("2020-05-01 00:00", "a", "b")}),
        (1, {"f": at("2021-05-01 00:00", "a")}),
        (1, {"f": at("2021-06-01 00:00", "a")}),
        (2, {"f": at("2021-06-30 23:59", "c", "ab")}),
        (2, {"f": ["d"]}),
    ]
    state = table_of(spec, writes)
    assert ask(state, "Rows(f, from='2021')") == [("a",), ("c",), ("ab",)]
    assert ask(state, "Rows(f, from='2021', like='a%')") == [("a",), ("ab",)]
    assert ask(state, "Rows(f, to='2021', column=1, previous=a)") == [("b",)]
    assert ask(state, "TopK(f, from='2020', to='2022')") == [("a", 1), ("b", 1), ("c", 1), ("ab", 1)]
    assert ask(state, "TopK(f, k=1, to='2021-06')") == [("a", 1)]
    assert records(state, "UnionRows(Rows(f, from='2021-06', like='a%'))") == [1, 2]
    assert records(state, "UnionRows(Rows(f, to='2021'))") == [1]
    assert ask(state, "GroupBy(Rows(f, to='2021'), Rows(f, from='2021'))") == [("a", "a", 1), ("b", "a", 1)]
    assert ask(state, "Extract(All(), Rows(f, from='2021'), Rows(f))") == [
        (1, ("a",), ("a", "b")),
        (2, ("c", "ab"), ("c", "ab", "d")),
    ]


def test_a_view_that_ended_leaves_the_longer_ones() -> None:
    """When hours are dropped their day still answers for itself, and nothing shorter than it."""
    state = visits("YMDH")
    state.apply(DropViews(table="t", field_id="f", ended_by=at("2000-02-29 13:00").second))
    assert records(state, "Row(f=7, from='2000-02-29T12', to='2000-02-29T13')") == []
    assert records(state, "Row(f=7, from='2000-02-29', to='2000-03')") == [3]
    assert records(state, "Row(f=7, from='2000-01-01', to='2000-01-02')") == []
    assert records(state, "Row(f=7, from='2000', to='2001')") == [2, 3, 4]
    assert records(state, "Row(f=7, to='2000')") == []
    assert records(state, "Row(f=7)") == [1, 2, 3, 4, 5, 6, 9]
