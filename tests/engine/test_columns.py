"""Columns and bitmaps one by one, against dicts and sets."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine.buffers.bits import change_bits, count_bits, has_bits, new_words, positions_of, set_bits
from roarbase.engine.buffers.layout import aligned, resized
from roarbase.engine.buffers.picks import Pick
from roarbase.engine.buffers.stretch import NewRows, Stretch
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.columns.exists import ExistsColumn
from roarbase.engine.columns.numbers import NumberColumn
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.columns.widths import choose_width
from roarbase.engine.grouping.tally import number_rows
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.model.fields import INT64_MAX, INT64_MIN
from tests.engine.states import few_planes

CAPACITY = 4096
SPOTS = st.sampled_from([0, 1, 63, 64, 4095]) | st.integers(0, 4095)
NUMBERS = (
    st.integers(-3, 3)
    | st.sampled_from([255, 256, 65_535, 65_536, 2**32, INT64_MIN, INT64_MAX])
    | st.integers(-300, 300)
)


@given(st.lists(st.tuples(SPOTS, st.booleans())))
def test_bits_are_a_set(changes: list[tuple[int, bool]]) -> None:
    """Bits set and cleared are those of a set of positions, few at a time or many."""
    words, model = new_words(CAPACITY), set[int]()
    for many in (False, True):
        final = dict(changes)
        positions = np.array([*final], np.int64)
        flags = np.array([*final.values()], np.bool_)
        change_bits(words, positions, flags)
        model = (model - set(final)) | {at for at, flag in final.items() if flag}
        if many:
            set_bits(words, np.arange(1000))
            model |= set(range(1000))
        assert positions_of(words).tolist() == sorted(model)
        assert count_bits(words) == len(model)
        assert has_bits(words, positions).tolist() == [at in model for at in final]


@given(NUMBERS, NUMBERS)
def test_a_width_holds_its_span(one: int, other: int) -> None:
    """Both ends fit the width, no narrower one would, and base plus any offset stays within 64 bits."""
    low, high = min(one, other), max(one, other)
    width, base = choose_width(low, high)
    if width < 8:
        assert base <= low
        assert high - base < 1 << 8 * width
        assert INT64_MIN <= base <= base + (1 << 8 * width) - 1 <= INT64_MAX
    assert width == 1 or high - low >= 1 << 4 * width


@settings(deadline=None)
@given(st.lists(st.dictionaries(SPOTS, st.none() | NUMBERS, max_size=6), max_size=6), st.data())
def test_numbers_are_a_dict(batches: list[dict[int, int | None]], data: st.DataObject) -> None:
    """Values written and cleared are those of a dict, through every width; zones and counters hold them all."""
    exists = ExistsColumn(PlainKernels())
    column, model, known = NumberColumn(exists, PlainKernels()), dict[int, int](), set[int]()
    exists.resize(0, CAPACITY)
    column.resize(0, CAPACITY)
    for batch in batches:
        silent = set(data.draw(st.lists(SPOTS, max_size=2)))  # records that come without a value
        fresh = (set(batch) | silent) - known
        known |= fresh
        exists.put(np.array([*fresh], np.int64), np.ones(len(fresh), np.bool_))
        is_value = np.array([value is not None for value in batch.values()], np.bool_)
        values = np.array([value or 0 for value in batch.values()], np.int64)
        positions = np.array([*batch], np.int64)
        before = column.buffers.version, column.buffers.get(0, 0) is not None
        patches = column.prepare(positions[is_value], values[is_value])
        assert before[0] == column.buffers.version
        for patch in patches:
            patch()
        width = int(column.buffers.widths[0, 0]), column.buffers.base(0, 0)
        column.write(positions, values, is_value, np.array(sorted(fresh), np.int64))
        assert not before[1] or width == (int(column.buffers.widths[0, 0]), column.buffers.base(0, 0))
        given = values[is_value].tolist()
        assert not given or column.has_room_for(min(given), max(given))
        model.update({at: value for at, value in batch.items() if value is not None})
        model = {at: value for at, value in model.items() if batch.get(at, 0) is not None}
        asked = np.array(sorted(known), np.int64)
        values, held = column.values_at(asked)
        assert {at: v for at, v, h in zip(asked.tolist(), values.tolist(), held.tolist(), strict=True) if h} == model
        assert [part.tolist() for part in column.shard_values(0)] == [
            [*sorted(model)],
            [model[k] for k in sorted(model)],
        ]
        assert (column.counters.count, column.counters.total) == (len(model), sum(model.values()))
        bounds = column.bounds_or_none()
        assert not model or (
            bounds is not None and bounds[0] <= min(model.values()) <= max(model.values()) <= bounds[1]
        )
        kept = column.counters.values_or_none()
        assert kept is None or kept[0].tolist() == sorted(set(model.values()))


@settings(deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 40) | st.sampled_from([254, 255, 65_535])))))
@pytest.mark.parametrize("planes", [1, 3, 16])
def test_sets_are_sets(planes: int, batches: list[list[tuple[int, int]]]) -> None:
    """Members added are those of sets, in planes and past them in lists; what is new is told once."""
    column, model = SetColumn(PlainKernels()), set[tuple[int, int]]()
    column.resize(0, CAPACITY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roarbase.engine.columns.growth._MAXIMUM_PLANES", planes)
        for batch in batches:
            at, codes = (np.array([pair[i] for pair in batch], np.int64) for i in (0, 1))
            had_planes = bool(column.buffers.widths[0, 0])
            for make in column.planes.prepare(at, codes):
                make()
            width = int(column.buffers.widths[0, 0])
            is_new = column.add(at, codes)
            assert not had_planes or width == int(column.buffers.widths[0, 0])
            assert int(codes.max(initial=-1)) + 1 < column.planes.narrowest
            assert sorted(pairs((at[is_new], codes[is_new]))) == sorted(set(batch) - model)
            model.update(batch)
    assert sorted(pairs(column.shard_pairs(0))) == sorted(model)
    asked = np.array([3, 0, 9, 3])
    expected = [(i, code) for i, spot in enumerate(asked.tolist()) for at, code in model if at == spot]
    assert sorted(pairs(column.members(asked))) == sorted(expected)
    flags = np.zeros(70_000, np.uint8)
    flags[255] = 1
    in_planes = {at for n in range(column.buffers.slots) for at in np.flatnonzero(column.buffers.get(n, 0) == 256)}
    assert in_planes | set(column.holding_beside(0, flags).tolist()) == {at for at, code in model if code == 255}
    assert column.counters.counts(41).tolist() == [sum(code == c for _, code in model) for c in range(41)]


@given(st.lists(st.dictionaries(st.integers(0, 5), st.sampled_from([-1, 0, 1, 254, 255, 70_000]), max_size=5)))
def test_codes_are_a_dict(batches: list[dict[int, int]]) -> None:
    """Codes written and cleared are those of a dict, through every width; before and after are told."""
    column, model = CodeColumn(PlainKernels()), dict[int, int]()
    column.resize(0, CAPACITY)
    for batch in batches:
        before = column.write(np.array([*batch], np.int64), np.array([*batch.values()], np.int64))
        assert before.tolist() == [model.get(at, -1) for at in batch]
        model.update(batch)
        held = {at: code for at, code in model.items() if code >= 0}
        assert dict(pairs(column.members(np.arange(6)))) == held
        assert dict(pairs(column.shard_pairs(0))) == held


PAIRS = st.lists(st.tuples(st.integers(0, 63), st.integers(0, 12) | st.just(300)), max_size=60)


@settings(deadline=None)
@given(
    st.integers(1, 3),
    st.integers(0, 1),
    st.lists(st.tuples(st.sampled_from(["add", "add", "remove", "erase", "store", "drop", "relieve"]), PAIRS)),
)
def test_what_overflows_is_as_what_does_not(planes: int, shard: int, changes: list[tuple[str, Any]]) -> None:
    """Whatever is added and taken away, by record or by row, rows are those of sets wherever they stand."""
    column, model = SetColumn(PlainKernels()), set[tuple[int, int]]()
    for each in range(shard + 1):
        column.resize(each, 64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roarbase.engine.columns.growth._MAXIMUM_PLANES", planes)
        few_planes(patch)
        for change, named in changes:
            model = _changed(column, shard, change, named, model)
            assert sorted(pairs(column.shard_pairs(shard))) == sorted(model)
            assert not column.has_gap(shard)
            assert not column.overflow.has_strays(shard)
            assert column.counters.counts(301).tolist() == [sum(code == c for _, code in model) for c in range(301)]
            assert np.count_nonzero(column.buffers.addresses[:, shard]) <= planes
    asked = np.arange(64)
    assert sorted(pairs(column.members(asked + shard * SHARD_POSITIONS))) == sorted(model)
    copy = SetColumn(PlainKernels())
    copy.copy_shard(column, shard)
    column.add(asked + shard * SHARD_POSITIONS, np.full(64, 301))
    assert sorted(pairs(copy.shard_pairs(shard))) == sorted(model)


@pytest.mark.parametrize("recent", [0, 2**16])
def test_shards_that_come_later_overflow_too(recent: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is known of older shards, in lists or not, is no hindrance to looking into one that was made since."""
    few_planes(monkeypatch)
    monkeypatch.setattr("roarbase.engine.columns.overflow._RECENT_WORDS", recent)
    monkeypatch.setattr("roarbase.engine.columns.growth._MAXIMUM_PLANES", 1)
    column, rows = SetColumn(PlainKernels()), np.arange(4)
    for shard in (0, 2):
        column.resize(shard, 64)
        positions = np.full(4, shard * SHARD_POSITIONS + 9)
        assert column.add(positions, rows).all()
        assert not column.add(positions, rows).any()
    assert column.shards_beside == (0, 2)
    assert not any(column.overflow.has_strays(shard) for shard in range(3))
    assert column.overflow.count_pairs() == column.overflow.total == 6


def test_changes_to_records_that_do_not_overflow_leave_lists_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ending a record, or taking a row from it, rewrites the lists of its shard only if it has some there."""
    few_planes(monkeypatch)
    monkeypatch.setattr("roarbase.engine.columns.growth._MAXIMUM_PLANES", 1)
    column = SetColumn(PlainKernels())
    column.resize(0, 64)
    column.add(np.array([1, 1, 2]), np.array([0, 1, 0]))
    made: list[int] = []
    replacement = column.overflow.replacement
    monkeypatch.setattr(column.overflow, "replacement", lambda *given: made.append(1) or replacement(*given))
    column.drop_row(0, 0, np.array([2]))()
    column.erase([Pick(0, np.array([2]), 64)])()
    assert not made
    column.drop_row(0, 0, np.array([1]))()
    assert made
    assert pairs(column.shard_pairs(0)) == [(1, 1)]


def _changed(column: SetColumn, shard: int, change: str, named: Any, model: set[tuple[int, int]]) -> Any:
    """Make a change, and give what should be there then."""
    at, codes = (np.array([pair[i] for pair in named], np.int64) for i in (0, 1))
    spots, code = {*at.tolist()}, int(codes.max(initial=0))
    match change:
        case "add":
            is_new = column.add(at + shard * SHARD_POSITIONS, codes)
            assert sorted(pairs((at[is_new], codes[is_new]))) == sorted(set(named) - model)
            return model | set(named)
        case "remove":
            assert sorted(pairs(column.remove(shard, at, codes))) == sorted(set(named) & model)
            return model - set(named)
        case "erase":
            pick = Pick(shard, np.array(sorted(spots), np.int64), 64, is_whole=len(spots) == 64)
            column.erase([pick])()
            return {(spot, code) for spot, code in model if spot not in spots}
        case "store":
            got = [spot for spot in sorted(spots) if (spot, code) not in model]
            column.add_row(shard, code, np.array(got, np.int64))()
            return model | {(spot, code) for spot in got}
        case "drop":
            holders = column.holders(shard, code)
            assert holders.tolist() == sorted(spot for spot, held in model if held == code)
            column.drop_row(shard, code, holders)()
            return {pair for pair in model if pair[1] != code}
        case _:
            for patch in column.relieve():
                patch()
            return model


def test_many_records_that_overflow_get_one_more_plane(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few stay in lists; of many, one row each goes to a new plane, which is made beside them and put in at once."""
    few_planes(monkeypatch)
    column = SetColumn(PlainKernels())
    column.resize(0, CAPACITY)
    crowd = np.arange(CAPACITY // 32)
    column.add(np.zeros(1, np.int64), np.zeros(1, np.int64))
    column.add(crowd[:-1], np.full(len(crowd) - 1, 1))
    assert column.shards_beside == (0,)
    column.add(np.repeat(crowd[1:], 2), np.tile([2, 3], len(crowd) - 1))
    planes = column.buffers.slots
    (patch,) = column.relieve()
    assert column.buffers.slots == planes
    patch()
    assert column.buffers.slots == planes + 1
    assert column.relieve() == []
    assert sorted(column.members(crowd[[0, 1]])[1].tolist()) == [0, 1, 1, 2, 3]


def test_rows_of_new_records_overflow_where_few_have_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Records appended with more rows than most are as others, and make no plane for all."""
    few_planes(monkeypatch)
    lengths = np.full(CAPACITY, 1, np.uint8)
    lengths[[5, 100]] = 40
    starts = np.cumsum(lengths, dtype=np.int64) - lengths
    codes = np.concatenate([np.arange(length) for length in lengths.tolist()]).astype(np.uint8) + 1
    column = SetColumn(PlainKernels())
    column.resize(0, CAPACITY)
    counts = np.bincount(codes)
    column.counters.add_counts(np.arange(40), counts[1:])
    column.append(Stretch(0, 0, CAPACITY, 0), NewRows(lengths, starts, codes))
    assert column.buffers.slots == 1
    assert column.members(np.array([4, 5, 100]))[1].tolist() == [0, *range(40), *range(40)]
    assert column.counters.counts(40).tolist() == counts[1:].tolist()
    assert not column.has_gap(0)
    assert not column.overflow.has_strays(0)


@given(st.lists(st.tuples(st.integers(-2, 2), st.sampled_from([INT64_MIN, 0, INT64_MAX]))))
def test_rows_are_numbered_in_their_order(rows: list[tuple[int, int]]) -> None:
    """Equal rows have equal numbers, and numbers ascend as rows do, however far apart their values are."""
    numbers = number_rows([np.array([row[i] for row in rows], np.int64) for i in (0, 1)], len(rows))
    distinct = sorted(set(rows))
    assert numbers.tolist() == [distinct.index(row) for row in rows]


def test_buffers_begin_where_vectors_want_them() -> None:
    """New and lengthened arrays begin at multiples of 64 bytes and keep what they hold."""
    for dtype in (np.uint8, np.uint16, np.int64):
        array = aligned(100, dtype)
        array[:] = 7
        longer = resized(array, 300)
        assert [a.ctypes.data % 64 for a in (array, longer)] == [0, 0]
        assert longer.tolist() == [7] * 100 + [0] * 200
        assert resized(longer, 5) is longer


def pairs(columns: Any) -> list[tuple[int, int]]:
    return [*zip(columns[0].tolist(), columns[1].tolist(), strict=True)]
