"""Names, arrays, sorting and patterns against dictionaries, sets and sorted lists."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine.buffers.arrays import ShardedArray, squeeze
from roarbase.engine.buffers.totals import exact_sum
from roarbase.engine.filters.like import like_matcher
from roarbase.engine.operators.ordering import order_of
from tests.support.samples import sample


@given(
    st.integers(1, 5),
    st.integers(1, 5),
    st.lists(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)), max_size=6)),
)
def test_sharded_array_is_a_dict(width: int, first_length: int, writes: list[list[tuple[int, int]]]) -> None:
    """A sharded array keeps the last value of each position, zero elsewhere, over any number of shards."""
    array: ShardedArray[np.int64] = ShardedArray(np.int64, width, first_length)
    model: dict[int, int] = {}
    for write in writes:
        array.put(np.array([at for at, _ in write], np.int64), np.array([value for _, value in write], np.int64))
        model.update(write)
    asked = [30, 20, 3, *range(21)]
    expected = [model.get(at, 0) for at in asked]
    assert array.take(np.array(asked)).tolist() == expected
    assert array.whole(25).tolist() == [model.get(at, 0) for at in range(25)]
    assert array.whole(3).tolist() == [model.get(at, 0) for at in range(3)]


@given(st.integers(1, 5), st.lists(st.lists(st.integers(0, 99), max_size=12)))
def test_sharded_array_is_written_in_stretches(width: int, parts: list[list[int]]) -> None:
    """Values written one stretch behind the other read back as one list."""
    array: ShardedArray[np.int64] = ShardedArray(np.int64, width)
    written: list[int] = []
    for part in parts:
        array.write(len(written), np.array(part, np.int64))
        written += part
    assert array.whole(len(written)).tolist() == written


@given(st.lists(st.integers(-5, 5) | st.sampled_from([10**6, 2**63 - 1, -(2**63)])))
def test_squeezing_numbers_distinct_ones(numbers: list[int]) -> None:
    """Each number finds its place among the distinct ones, whether they lie close together or far apart."""
    distinct, places = squeeze(np.array(numbers, np.int64))
    assert distinct.tolist() == sorted(set(numbers))
    assert distinct[places].tolist() == numbers


@settings(max_examples=sample(40))
@given(
    st.integers(0, 2**32),
    st.integers(0, 3000),
    st.integers(0, 20),
    st.sampled_from([1, 5, 10**6]),
    st.sampled_from([np.int64, np.uint64, np.uint8]),
)
def test_order_of_sorts_by_keys_in_turn(seed: int, count: int, stop: int, spread: int, dtype: Any) -> None:
    """The first rows come as a full sort gives them, with many ties or none, up or down."""
    random = np.random.default_rng(seed)
    first = random.integers(0, spread, count).astype(dtype)
    keys = [~first, random.integers(-spread, spread, count), random.permutation(count)]
    rows = sorted(range(count), key=lambda row: tuple(key[row].item() for key in keys))
    assert order_of(keys).tolist() == rows
    assert order_of(keys, stop).tolist() == rows[:stop]
    assert order_of(keys[2:], stop).tolist() == sorted(range(count), key=keys[2].__getitem__)[:stop]


@pytest.mark.parametrize(
    ("pattern", "length"), [("%", 3), ("_", 3), ("a%", 3), ("%ab%", 4), ("a_%b", 4), ("%a%b%a", 5)]
)
def test_like_is_the_plain_definition(pattern: str, length: int) -> None:
    """A pattern matches exactly the texts that the definition says, over all short texts."""

    def matches(rest: str, text: str) -> bool:
        if not rest:
            return not text
        if rest[0] == "%":
            return any(matches(rest[1:], text[start:]) for start in range(len(text) + 1))
        return bool(text) and rest[0] in ("_", text[0]) and matches(rest[1:], text[1:])

    matcher = like_matcher(pattern)
    for size in range(length + 1):
        for text in map("".join, itertools.product("ab\n", repeat=size)):
            assert matcher(text) == matches(pattern, text), text


def test_like_with_many_runs_stays_fast() -> None:
    """Thirty runs over a text that nearly matches do not go through all ways to place them."""
    assert not like_matcher("%a" * 30 + "%b")("a" * 5000)


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_sums_are_exact(values: list[int]) -> None:
    """Sums beyond 64 bits do not wrap."""
    assert exact_sum(np.array(values, np.int64)) == sum(values)
