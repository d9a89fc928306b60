"""Names, arrays, sorting and patterns against dictionaries, sets and sorted lists."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine.buffers.arrays import ShardedArray, squeeze
from roarbase.engine.buffers.totals import exact_sum
from roarbase.engine.columns.lists import CodeLists
from roarbase.engine.filters.like import like_matcher
from roarbase.engine.names.id_index import IdIndex
from roarbase.engine.names.key_map import KeyMap
from roarbase.engine.operators.ordering import order_of

IDS = st.integers(0, 12) | st.sampled_from([2**32, 2**63, 2**64 - 2])
KEYS = st.sampled_from(["", "a", "b", "ab", "ba", "é", "e\u0301", "\ud800", "\udfff", "a" * 300, "\x00", "0"])


def ids(values: list[int]) -> Any:
    return np.array(values, np.uint64)


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


@given(st.lists(st.tuples(st.lists(IDS, max_size=8), st.booleans())))
def test_id_index_is_a_list_of_ids(steps: list[tuple[list[int], bool]]) -> None:
    """Ids are numbered by first occurrence; truncating forgets the last; the order flag is exact."""
    index, model = IdIndex(width=4), list[int]()
    for batch, is_kept in steps:
        size = len(model)
        numbers, new_ids = index.add(ids(batch))
        model += [i for i in dict.fromkeys(batch) if i not in model]
        assert numbers.tolist() == [model.index(i) for i in batch]
        assert new_ids.tolist() == model[size:]
        if not is_kept:
            index.truncate(size)
            del model[size:]
        assert len(index) == len(model)
        assert index.all_ids().tolist() == model
        assert index.find(ids(batch)).tolist() == [model.index(i) if i in model else -1 for i in batch]
        if index.is_rising:  # never wrongly so; it may stay False after a truncation
            assert model == sorted(model)


def test_id_index_knows_rising_ids() -> None:
    """Ids given in ascending order need no sorting; one that falls behind ends that."""
    index = IdIndex()
    index.add(ids([1, 5]))
    index.add(ids([6, 9]))
    assert index.is_rising
    index.add(ids([10, 8]))
    assert not index.is_rising
    index.truncate(5)
    assert index.is_rising
    index.truncate(2)
    assert index.is_rising
    index.add(ids([3, 4, 2]))  # as many as were forgotten
    assert not index.is_rising


@given(st.lists(st.tuples(st.lists(KEYS, max_size=8), st.booleans())))
def test_key_map_is_a_list_of_keys(steps: list[tuple[list[str], bool]]) -> None:
    """Keys are numbered by first occurrence and read back, whatever characters they have."""
    keys, model = KeyMap(), list[str]()
    for batch, is_kept in steps:
        size = len(model)
        numbers, new_keys = keys.add(batch)
        model += [key for key in dict.fromkeys(batch) if key not in model]
        assert numbers.tolist() == [model.index(key) for key in batch]
        assert new_keys == model[size:]
        if not is_kept:
            keys.truncate(size)
            del model[size:]
        assert keys.keys_at(np.arange(len(keys))) == model
        assert keys.find(batch).tolist() == [model.index(key) if key in model else -1 for key in batch]


def test_key_map_compares_texts_of_equal_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys with the same hash are told apart, and one that is not there is not found."""
    monkeypatch.setattr(
        "roarbase.engine.names.key_map._hashes", lambda keys: np.array([len(key) for key in keys], np.uint64)
    )
    keys = KeyMap()
    assert keys.add(["aa", "bb", "c"])[0].tolist() == [0, 1, 2]
    assert keys.add(["cc", "bb"])[0].tolist() == [3, 1]
    assert keys.find(["aa", "bb", "cc", "dd", "c"]).tolist() == [0, 1, 3, -1, 2]


def test_a_merge_that_fails_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """When memory gives out while runs are merged, what they hold is still found."""
    index, lists = IdIndex(), CodeLists()
    index.add(ids([1, 2]))
    lists.add(np.array([1, 2]), np.array([0, 0]))

    def fail(_: Any) -> Any:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr("numpy.concatenate", fail)
        with pytest.raises(MemoryError):
            index.add(ids([3, 4]))
        with pytest.raises(MemoryError):
            lists.add(np.array([3, 4]), np.array([0, 0]))
    assert index.find(ids([1, 2])).tolist() == [0, 1]
    assert sorted(lists.members(np.array([1, 2]))[0].tolist()) == [0, 1]


def test_names_take_little_memory() -> None:
    """100,000 ids take about 20 bytes each, keys about as much beside their text."""
    index, keys = IdIndex(), KeyMap()
    for start in range(0, 100_000, 10_000):
        index.add(np.arange(start, start + 10_000, dtype=np.uint64) * np.uint64(2**40 + 1))
        keys.add([f"{number:010}" for number in range(start, start + 10_000)])
    assert index.nbytes < 100_000 * 24
    assert keys.nbytes < 100_000 * 34


@given(st.lists(st.integers(-5, 5) | st.sampled_from([10**6, 2**63 - 1, -(2**63)])))
def test_squeezing_numbers_distinct_ones(numbers: list[int]) -> None:
    """Each number finds its place among the distinct ones, whether they lie close together or far apart."""
    distinct, places = squeeze(np.array(numbers, np.int64))
    assert distinct.tolist() == sorted(set(numbers))
    assert distinct[places].tolist() == numbers


@settings(max_examples=60)
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
