"""Calendar views one by one: units, spans and stamps, against Python's own dates and sets."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from roarbase.engine.plan import TimeRange
from roarbase.engine.views.calendar import (
    FIRST_SECOND,
    STOP_SECOND,
    Unit,
    enclosing,
    first_second,
    number_at,
    numbers_at,
    units_of,
)
from roarbase.engine.views.during import RowsDuring
from roarbase.engine.views.spans import NO_SPAN, Span, span_of
from roarbase.engine.views.stamps import Stamps
from roarbase.testing.plain_views import end_of, is_between, views_at
from tests.engine.generated import MOMENTS, QUANTUMS, SECONDS
from tests.support.samples import sample

EPOCH = datetime(1970, 1, 1)
RANGES = st.builds(TimeRange, st.none() | SECONDS, st.none() | SECONDS)


@given(SECONDS, st.sampled_from([*Unit]))
def test_units_are_those_of_the_calendar(second: int, unit: Unit) -> None:
    """Any moment falls into the unit that Python's dates say, between its first second and the next one's."""
    second = min(max(second, FIRST_SECOND), STOP_SECOND - 1)
    moment, number = EPOCH + timedelta(seconds=second), number_at(unit, second)
    months = 12 * (moment.year - 1970) + moment.month - 1
    expected = {
        Unit.YEAR: moment.year - 1970,
        Unit.MONTH: months,
        Unit.DAY: (moment - EPOCH).days,
        Unit.HOUR: second // 3600,
    }
    assert number == expected[unit]
    assert first_second(unit, number) <= second < first_second(unit, number + 1)
    for outer in units_of("YMDH")[: units_of("YMDH").index(unit) + 1]:
        assert enclosing(unit, np.array([number]), outer).tolist() == [number_at(outer, second)]


@pytest.mark.parametrize(
    ("quantum", "start", "stop", "span"),
    [
        ("Y", "1999-12-31 00:00", "2002-01-01 03:00", ("1999-01-01 00", "2002-01-01 00")),
        ("M", "1999-12-31 00:00", "2002-01-01 03:00", ("1999-12-01 00", "2002-01-01 00")),
        ("MD", "1999-12-31 23:59", "2002-01-01 03:00", ("1999-12-31 00", "2002-01-01 00")),
        ("YMDH", "1999-12-31 00:00", "2002-01-01 03:00", ("1999-12-31 00", "2002-01-01 03")),
        ("H", "2019-08-04 14:36", "2019-08-04 16:00", ("2019-08-04 14", "2019-08-04 16")),
        ("H", "2019-08-04 14:36", "2019-08-04 16:36", ("2019-08-04 14", "2019-08-04 16")),
        ("H", "2019-08-04 14:36", "2019-08-04 16:37", ("2019-08-04 14", "2019-08-04 17")),
        ("H", "2019-08-04 14:00", "2019-08-04 16:01", ("2019-08-04 14", "2019-08-04 17")),
        ("H", "2019-08-04 14:36", "2019-08-04 14:36", None),
        ("D", "2020-02-29 12:00", "2020-03-01 00:00", ("2020-02-29 00", "2020-03-01 00")),
        ("M", "2020-02-29 12:00", "2020-02-29 13:00", None),
        ("D", "2021-01-02 00:00", "2021-01-01 00:00", None),
    ],
)
def test_spans_are_whole_units(quantum: str, start: str, stop: str, span: tuple[str, str] | None) -> None:
    """The first unit is the one that the range begins in; a unit that it ends in does not count, but an hour does."""
    asked = TimeRange(start=seconds_of(start), stop=seconds_of(stop))
    expected = NO_SPAN if span is None else Span(*(seconds_of(f"{end}:00") for end in span))
    assert span_of(quantum, asked) == expected


def seconds_of(text: str) -> int:
    return int((datetime.fromisoformat(text) - EPOCH).total_seconds())


def test_spans_reach_to_the_ends_of_the_calendar() -> None:
    """Open ends, and bounds beyond the calendar, take everything; without units there is nothing to take."""
    for asked in (TimeRange(), TimeRange(-(2**63), 2**63 - 1)):
        assert span_of("YMDH", asked) == Span(FIRST_SECOND, STOP_SECOND)
        assert span_of("", asked) == NO_SPAN
    assert span_of("D", TimeRange(start=2**63 - 1)) == span_of("D", TimeRange(stop=-(2**63))) == NO_SPAN


@given(SECONDS, RANGES, QUANTUMS)
def test_views_count_by_the_words_of_the_reference(second: int, asked: TimeRange, quantum: str) -> None:
    """Each view of a moment lies within a span exactly if its shortest units count one by one."""
    second = min(max(second, FIRST_SECOND), STOP_SECOND - 1)
    span = span_of(quantum, asked)
    for unit, view in zip(units_of(quantum), views_at(quantum, second), strict=True):
        first, stop = span.numbers(unit)
        assert (first <= number_at(unit, second) < stop) == is_between(view, quantum, asked)
        assert first_second(unit, number_at(unit, second) + 1) == end_of(view)


# ---- stamps --------------------------------------------------------------------------------

SPOTS, CODES = st.sampled_from([0, 1, 63, 2**20 - 1]), st.sampled_from([0, 1, 300, 2**32 - 2])
EVENTS = st.lists(st.tuples(SPOTS, CODES, MOMENTS), max_size=12)
SHARDS = st.sampled_from([0, 2])


def columns(rows: list[tuple[int, ...]], width: int) -> list[Any]:
    return [np.array([row[i] for row in rows], np.int64) for i in range(width)]


class StampsMachine(RuleBasedStateMachine):
    """Stamps are sets of pairs by view, whatever is added, removed or ends."""

    quantum = "YMDH"

    def __init__(self) -> None:
        super().__init__()
        self.stamps = Stamps(self.quantum)
        self.model: dict[int, dict[str, set[tuple[int, int]]]] = {0: {}, 2: {}}

    @rule(shard=SHARDS, events=EVENTS)
    def add(self, shard: int, events: list[tuple[int, int, int]]) -> None:
        self.stamps.add(shard, *columns(events, 3))
        for spot, code, second in events:
            for view in views_at(self.quantum, second):
                self.model[shard].setdefault(view, set()).add((spot, code))

    @rule(shard=SHARDS, pairs=st.lists(st.tuples(SPOTS, CODES), max_size=3))
    def remove(self, shard: int, pairs: list[tuple[int, int]]) -> None:
        self.stamps.remove(shard, *columns(pairs, 2))
        for members in self.model[shard].values():
            members.difference_update(pairs)

    @rule(shard=SHARDS, spots=st.lists(SPOTS, max_size=2))
    def drop_records(self, shard: int, spots: list[int]) -> None:
        self.stamps.drop_records(shard, np.array(spots, np.int64))
        for members in self.model[shard].values():
            members.difference_update([pair for pair in members if pair[0] in spots])

    @rule(moment=SECONDS)
    def end(self, moment: int) -> None:
        had_ended = any(members and end_of(view) <= moment for v in self.model.values() for view, members in v.items())
        assert self.stamps.has_ended(moment) == had_ended
        touched = self.stamps.drop_ended(moment)
        for shard, views in self.model.items():
            gone = {pair for view, members in views.items() if end_of(view) <= moment for pair in members}
            self.model[shard] = {view: members for view, members in views.items() if end_of(view) > moment}
            assert split(touched.get(shard)) == gone
            left = set().union(*self.model[shard].values())
            assert split(self.stamps.unstamped(shard, touched.get(shard, np.zeros(0, np.uint64)))) == gone - left

    @rule(shard=SHARDS, asked=RANGES, spots=st.lists(SPOTS, max_size=4), look_up_cost=st.sampled_from([0, 10**9]))
    def ask(self, shard: int, asked: TimeRange, spots: list[int], look_up_cost: int) -> None:
        views = self.model[shard]
        expected = set().union(*(m for view, m in views.items() if is_between(view, self.quantum, asked)))
        during = RowsDuring(self.stamps, span_of(self.quantum, asked), 3)
        assert split_columns(during.shard_pairs(shard)) == expected
        flags = np.zeros(301, np.uint8)
        flags[[1, 300]] = 1
        few = {pair for pair in expected if pair[1] < 301}
        if few == expected:
            others = RowsDuring(self.stamps, span_of(self.quantum, asked), 3)
            everywhere = {code for s in others.shards_beside for code in others.shard_pairs(s)[1].tolist()}
            if max(everywhere, default=0) < 301:
                assert during.held(301).tolist() == sorted(everywhere)
        if shard in during.shards_beside and few == expected:
            for wanted in ([1], [1, 300]):
                held = during.holding_beside(shard, np.isin(np.arange(301), wanted).astype(np.uint8))
                assert {*held.tolist()} == {spot for spot, code in few if code in wanted}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("roarbase.engine.views.during._LOOK_UP_COST", look_up_cost)
            found = during.members(np.array(spots, np.int64) + (shard << 20))
        members = [(i, code) for i, spot in enumerate(spots) for at, code in expected if at == spot]
        assert [*zip(*(column.tolist() for column in found), strict=True)] == sorted(members)

    @invariant()
    def all_pairs_are_told(self) -> None:
        for shard, views in self.model.items():
            assert split(self.stamps.pairs(shard)) == set().union(*views.values())
        assert self.stamps.shards == [shard for shard, views in self.model.items() if any(views.values())]


def split(pairs: Any) -> set[tuple[int, int]]:
    return set() if pairs is None else {(pair >> 32, pair & (2**32 - 1)) for pair in pairs.tolist()}


def split_columns(found: Any) -> set[tuple[int, int]]:
    pairs = [*zip(*(column.tolist() for column in found), strict=True)]
    assert len(pairs) == len(set(pairs))
    return set(pairs)


class HoursMachine(StampsMachine):
    """The same without longer views."""

    quantum = "H"


class MonthsMachine(StampsMachine):
    """The same from months to days."""

    quantum = "MD"


TestStamps, TestHours, TestMonths = StampsMachine.TestCase, HoursMachine.TestCase, MonthsMachine.TestCase
for case in (TestStamps, TestHours, TestMonths):
    case.settings = settings(deadline=None, max_examples=sample(25), stateful_step_count=20)


def test_stamps_take_eight_bytes_whatever_the_number_of_views() -> None:
    """A stamp in a view of its own takes no more than one among thousands, and nothing for longer views."""
    stamps = Stamps("YMDH")
    count = 10_000
    stamps.add(0, np.arange(count), np.zeros(count, np.int64), np.arange(count) * 3600)
    assert stamps.nbytes == 8 * count
    stamps.add(0, np.arange(count), np.zeros(count, np.int64), np.arange(count) * 3600 + 3599)
    assert stamps.nbytes == 8 * count
    assert numbers_at(Unit.HOUR, np.array([3599, 3600])).tolist() == [0, 1]
