"""Questions that take long are asked of a copy, which is the table at one moment whatever is written meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine import bitmap_state
from roarbase.engine import plan as p
from roarbase.engine.operators.duration import field_names, is_long
from roarbase.engine.tables.frozen import FrozenCopy
from roarbase.errors import ResourceNotFound
from roarbase.model.budget import Budget
from roarbase.model.changes import DropField, DropTable
from tests.engine.generated import IDS, KEYS, plans
from tests.engine.states import outcome, sensible
from tests.engine.test_gathering import Disturbed
from tests.support.samples import sample

PLANS = {
    is_keyed: st.one_of(
        *(plans(KEYS if is_keyed else IDS, is_keyed=is_keyed)[about] for about in ("values", "groups", "summary"))
    )
    for is_keyed in (False, True)
}
GROUPS = p.GroupBy(fields=(p.GroupField(field="count"), p.GroupField(field="tags")), input=p.NotNull("price"))


@contextmanager
def everything_is_long(*, is_known: bool = True) -> Iterator[None]:
    """No group is countable by cells, no table small, and hardly anything is settled in one hold.

    Args:
        is_known: That it takes long is told from the question; else it is found out in the midst of counting.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roarbase.engine.operators.duration._FEW_RECORDS", 0)
        patch.setattr("roarbase.engine.grouping.dense.MAXIMUM_CELLS", 0)
        patch.setattr("roarbase.engine.operators.duration.is_countable", lambda _: not is_known)
        patch.setattr("roarbase.engine.grouping.sparse._FEW_RECORDS", 0)
        patch.setattr("roarbase.engine.grouping.counting._FEW_PAIRS", 0)
        patch.setattr("roarbase.engine.grouping.one_by_one._FEW", 0)
        patch.setattr("roarbase.engine.tables.frozen._SETTLED", 2)
        yield


@pytest.mark.parametrize("is_known", [False, True])
@pytest.mark.parametrize("is_keyed", [False, True])
@settings(deadline=None, max_examples=sample(20))
@given(data=st.data(), seed=st.integers(0, 999))
def test_a_copy_is_the_table_at_one_moment(data: st.DataObject, seed: int, is_keyed: bool, is_known: bool) -> None:
    """Whatever is written while a copy is made is in the answer wholly, and the copy answers as the table would."""
    disturbed = Disturbed(seed, is_keyed=is_keyed)
    plan = sensible(data.draw(PLANS[is_keyed]), disturbed.reference)
    with everything_is_long(is_known=is_known), disturbed.between_holds():
        found = outcome(disturbed.state, plan)
    assert found == repr(disturbed.reference.answer(plan))
    assert not disturbed.state.tables()["t"].watches._open
    assert disturbed.state.verify() == []


def test_counting_one_by_one_is_left_to_a_copy_if_there_may_be_one() -> None:
    """Found out in the midst of it; a small table is counted on, however many records are many."""
    disturbed = Disturbed(3, is_keyed=False)
    expected = repr(disturbed.reference.answer(GROUPS))
    copied: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bitmap_state, "FrozenCopy", lambda *names: copied.append(names) or FrozenCopy(*names))
        patch.setattr("roarbase.engine.grouping.dense.MAXIMUM_CELLS", 0)
        patch.setattr("roarbase.engine.operators.duration.is_countable", lambda _: True)
        assert outcome(disturbed.state, GROUPS) == expected
        patch.setattr("roarbase.engine.grouping.sparse._FEW_RECORDS", 0)
        assert outcome(disturbed.state, GROUPS) == expected
        assert not copied
        patch.setattr("roarbase.engine.operators.duration._FEW_RECORDS", 0)
        assert outcome(disturbed.state, GROUPS) == expected
        assert copied


@pytest.mark.parametrize("change", [DropTable(table="t"), DropField(table="t", name="tags")])
def test_what_is_dropped_meanwhile_ends_the_question(change: Any) -> None:
    """A table or field dropped between two holds is said to be gone."""
    disturbed = Disturbed(3, is_keyed=False)
    with everything_is_long():
        finish = disturbed.state.begin("t", GROUPS, Budget())
        disturbed.state.apply(change)
        with pytest.raises(ResourceNotFound, match="dropped while the query ran"):
            finish()


def test_long_questions_are_told_from_short_ones() -> None:
    """What one kernel call answers is not copied for; small tables never are, nor spans without much in them."""
    disturbed = Disturbed(3, is_keyed=False)
    table = disturbed.state.tables()["t"]
    assert not is_long(table, GROUPS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roarbase.engine.operators.duration._FEW_RECORDS", 0)
        assert not is_long(table, p.Count(p.RowIs("kind", 1)))
        assert not is_long(table, p.TopRows(field="words"))
        ranged = p.TopRows(field="visits", during=p.TimeRange(0))
        assert not is_long(table, ranged)
        patch.setattr("roarbase.engine.operators.duration._FEW_STAMPS_BYTES", 0)
        assert is_long(table, ranged)
        assert is_long(table, p.GroupBy(fields=(p.GroupField(field="visits", during=p.TimeRange(0)),)))
        assert not is_long(table, p.TopRows(field="visits"))
        patch.setattr("roarbase.engine.operators.duration.is_countable", lambda _: False)
        assert is_long(table, GROUPS)


def test_fields_are_found_wherever_a_plan_names_them() -> None:
    """Groups, filters, aggregates, keys and orders: all fields but the record itself."""
    plan = p.GroupBy(
        fields=(p.GroupField(field="a"),),
        input=p.Intersect((p.RowIs("b", 1), p.Difference((p.NumberRange("c"), p.NotNull("d"))))),
        aggregate=p.Sum("e", p.RowsIn("f", (1,))),
    )
    assert field_names(plan) == {"a", "b", "c", "d", "e", "f"}
    summary = p.Summarize(input=p.All(), keys=("a", "b"), values=(p.SummaryValue("max", "c"), p.SummaryValue("count")))
    assert field_names(summary) == {"a", "b", "c"}
    extract = p.Extract(input=p.All(), fields=("a",), order=(p.RecordOrder("_id"), p.RecordOrder("z")))
    assert field_names(extract) == {"a", "z"}
