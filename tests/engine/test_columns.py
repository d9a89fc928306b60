"""Columns and bitmaps one by one, against dicts and sets."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine.buffers.bits import change_bits, count_bits, has_bits, new_words, positions_of, set_bits
from roarbase.engine.buffers.layout import aligned, resized
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.columns.exists import ExistsColumn
from roarbase.engine.columns.numbers import NumberColumn
from roarbase.engine.columns.sets import MAXIMUM_PLANES, SetColumn
from roarbase.engine.columns.widths import choose_width
from roarbase.engine.grouping.tally import number_rows
from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.model.fields import INT64_MAX, INT64_MIN

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
        column.write(np.array([*batch], np.int64), values, is_value, np.array(sorted(fresh), np.int64))
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
        patch.setattr("roarbase.engine.columns.sets.MAXIMUM_PLANES", planes)
        for batch in batches:
            at, codes = (np.array([pair[i] for pair in batch], np.int64) for i in (0, 1))
            is_new = column.add(at, codes)
            assert sorted(pairs((at[is_new], codes[is_new]))) == sorted(set(batch) - model)
            model.update(batch)
    assert sorted(pairs(column.shard_pairs(0))) == sorted(model)
    asked = np.array([3, 0, 9, 3])
    expected = [(i, code) for i, spot in enumerate(asked.tolist()) for at, code in model if at == spot]
    assert sorted(pairs(column.members(asked))) == sorted(expected)
    flags = np.zeros(70_000, np.uint8)
    flags[[1, 255]] = 1
    if column.list_shards:
        assert not column.buffers.addresses.any()
        assert set(column.list_holding(0, flags).tolist()) == {at for at, code in model if code in (1, 255)}
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


def test_a_shard_with_all_planes_in_use_is_relieved() -> None:
    """Its lists are made beside it, and take its place at once; others, and those in lists, are left as they are."""
    column = SetColumn(PlainKernels())
    for shard in (0, 1):
        column.resize(shard, CAPACITY)
    rows = np.arange(MAXIMUM_PLANES)
    column.add(np.full(len(rows) - 1, SHARD_POSITIONS + 9), rows[:-1])
    assert not column.may_be_full
    column.add(np.full(len(rows), 7), rows)
    (patch,) = column.relieve(np.array([0, 1, 2]))
    assert column.list_shards == ()
    patch()
    assert column.list_shards == (0,)
    assert column.relieve(np.array([0, 1, 2])) == []
    assert column.members(np.array([7, SHARD_POSITIONS + 9]))[1].tolist() == [*rows, *rows[:-1]]
    assert column.counters.counts(len(rows)).tolist() == [2] * (len(rows) - 1) + [1]


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
