"""A statement that writes: all of it or nothing, whatever goes wrong on the way."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine import bitmap_state
from roarbase.engine.edits import Ask
from roarbase.engine.operators.held import HeldScan
from roarbase.errors import BadRequest, InternalError, RequestTimeout, RoarbaseError
from roarbase.model.budget import Budget
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.results import Result
from tests.query.pql.asking import Asking, asking
from tests.query.pql.schema import SCHEMA

EVERYTHING = "[birds]Extract(All(), Rows(rings), Rows(kind), Rows(nest), Rows(eggs), Rows(seen)) Rows(kind) TopK(rings)"


def failing(error: Exception) -> Callable[[HeldScan, Ask], Result]:
    def answer(_scan: HeldScan, _step: Ask) -> Result:
        raise error

    return answer


def filled() -> Asking:
    tables = Asking([*SCHEMA.tables.values()])
    tables.ask("[birds]Set(1, rings=4) Set(1, kind=owl) Set(2, rings=4) Set(2, nest=reed) Set(2, eggs=3)")
    return tables


@pytest.mark.parametrize(
    "error", [RequestTimeout("the time is over"), BadRequest("wrong"), InternalError("broken")], ids=lambda e: e.code
)
def test_an_error_undoes_the_writes_before_it(monkeypatch: pytest.MonkeyPatch, error: RoarbaseError) -> None:
    """Records, values, rows, keys and caches are as they were; the next statement works, also after a restart."""
    tables = filled()
    before = tables.ask(EVERYTHING)
    writes = "Set(1, rings=5) Set(3, kind=auk) Set(2, nest=tree) Set(2, eggs=9) ClearRow(rings=4) Store(All(), rings=4)"
    with monkeypatch.context() as patch:
        patch.setattr(bitmap_state, "answer_within", failing(error))
        with pytest.raises(type(error)):
            tables.ask(f"[birds]{writes} Set(3, seen=a, 2022-06-30T12:00) Count(All())")
    assert tables.ask(EVERYTHING) == before
    assert tables.state.verify() == []
    assert tables.ask(f"[birds]{writes} Count(All())") == [True, True, True, True, True, True, 3]
    after = tables.ask(EVERYTHING)
    tables.engine.close()
    tables.open()
    assert tables.ask(EVERYTHING) == after
    tables.engine.close()


@pytest.mark.parametrize(("error", "told"), [(RecursionError(), BadRequest), (ZeroDivisionError(), InternalError)])
def test_a_question_that_fails_leaves_the_writer_working(
    monkeypatch: pytest.MonkeyPatch, error: Exception, told: type[RoarbaseError]
) -> None:
    """What fails while it only reads is told to this statement alone."""
    tables = filled()

    def run(*_: object) -> Result:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr("roarbase.engine.editing.answer", run)
        with pytest.raises(told):
            tables.ask("[birds]Set(9, rings=9) Count(All())")
    assert tables.ask("[birds]Count(All()) Set(9, rings=9)") == [2, True]
    tables.engine.close()


def value_of(field: str) -> st.SearchStrategy[str]:
    """A value that Set and Clear can give a field of `birds` or `people`, as it is written."""
    return st.sampled_from(VALUES[field]).map(lambda value: f"{field}={value}")


VALUES = {
    "rings": (1, 2, 3),
    "kind": ("a", "b", "c", "d"),
    "nest": ("a", "b", "c"),
    "site": (1, 2),
    "tame": ("true", "false"),
    "eggs": (1, 2),
    "seen": ("a", "b", "a, 2022-06-30T12:00", "b, 2022-06-30T13:00"),
    "quick": ("1", "2", "1, 2022-06-30T12:00"),
}
KEYED_VALUES = {"likes": ("a", "b", "c"), "age": (1, 2)}
VALUES |= KEYED_VALUES


def calls(records: tuple[str, ...], fields: list[str]) -> st.SearchStrategy[list[str]]:
    """Calls of which most are Set, beside one another or not."""
    sets = st.builds("Set({}, {})".format, st.sampled_from(records), st.sampled_from(fields).flatmap(value_of))
    plain = [name for name in fields if name not in ("seen", "quick")]
    clears = st.builds("Clear({}, {})".format, st.sampled_from(records), st.sampled_from(plain).flatmap(value_of))
    return st.lists(sets | sets | sets | clears | st.just("Count(All())"), min_size=1, max_size=14)


@settings(deadline=None, max_examples=25)
@given(
    st.one_of(
        st.tuples(st.just("birds"), calls(("1", "2", "3", "1048576"), [*{*VALUES} - {*KEYED_VALUES}])),
        st.tuples(st.just("people"), calls(('"x"', '"y"', '"z"'), [*KEYED_VALUES])),
    )
)
def test_calls_in_one_statement_or_one_by_one(given_calls: tuple[str, list[str]]) -> None:
    """What is set beside one another is written together, and each call tells, and leaves, what it would alone."""
    table, asked = given_calls
    birds = SCHEMA.tables["birds"]
    quick = FieldSpec(name="quick", type=FieldType.TIME, quantum="D", no_standard_view=True)
    tables = [replace(birds, fields={**birds.fields, "quick": quick}), SCHEMA.tables["people"]]
    everything = f"[{table}]All() " + " ".join(
        f"Extract(All(), Rows({name}))" + (f" Rows({name})" if name in ("rings", "kind", "nest", "likes") else "")
        for name in tables[table == "people"].fields
    )
    with asking(*tables) as together, asking(*tables) as alone:
        answers = together.ask(f"[{table}]{' '.join(asked)}")
        assert answers == [alone.ask(f"[{table}]{call}")[0] for call in asked]
        assert together.ask(everything) == alone.ask(everything)
        assert together.state.verify() == []


def test_a_deletion_is_a_transaction_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands before it, and itself, stay when something behind it fails."""
    tables = filled()
    with monkeypatch.context() as patch:
        patch.setattr(bitmap_state, "answer_within", failing(RequestTimeout("the time is over")))
        with pytest.raises(RequestTimeout):
            tables.ask("[birds]Set(3, rings=7) Delete(Row(nest=reed)) Set(4, rings=7) Count(All())")
    assert tables.ask("[birds]All() Row(rings=7)") == [{"columns": [1, 3]}, {"columns": [3]}]
    tables.engine.close()


def test_finding_records_keeps_to_the_budget() -> None:
    """A statement that writes ends when its time is over, and nothing of it stays."""
    with asking(*SCHEMA.tables.values()) as tables:
        tables.ask("[birds]Set(1, eggs=4)")
        with pytest.raises(RequestTimeout):
            tables.ask("[birds]Set(2, eggs=4) Store(Row(eggs > 3), rings=1)", Budget(seconds=1, deadline_s=0))
        assert tables.ask("[birds]All() Rows(rings)") == [{"columns": [1]}, {"rows": [], "Field": "rings"}]


def test_questions_within_a_write_read_other_tables() -> None:
    """A Distinct over another table sees it as it is, and the keys that the statement itself made there."""
    with asking(*SCHEMA.tables.values()) as tables:
        tables.ask("[visits]Set(7, plant=1)")
        asked = "[birds]Set(1, rings=4) Count(Distinct(index=visits, field=plant)) Distinct(index=visits, field=plant)"
        assert tables.ask(asked) == [True, 1, {"neg": {"columns": []}, "pos": {"columns": [1]}}]
        assert tables.ask("[sightings]Set(1, by=ann) Row(by=ann) Distinct(field=by)") == [
            True,
            {"columns": [1]},
            {"neg": {"columns": []}, "pos": {"columns": [], "keys": ["ann"]}},
        ]


def test_a_long_list_of_records_is_gathered_within_a_write() -> None:
    """More records than are read in one piece do not make the write wait for its own lock."""
    with asking(*SCHEMA.tables.values()) as tables:
        count = 70_000
        tables.ask("[birds]" + " ".join(f"Set({record}, rings=1)" for record in range(5)))
        tables.fill("birds", "rings", count)
        (_, records, table) = tables.ask("[birds]Set(1, rings=2) Row(rings=1) Extract(Row(rings=1), Rows(rings))")
        assert len(records["columns"]) == len(table["columns"]) == count
        assert table["columns"][1] == {"column": 1, "rows": [[1, 2]]}
