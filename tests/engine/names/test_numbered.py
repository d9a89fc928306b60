"""Rows numbered in order of first use, against lists."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine.kernels.plain import PlainKernels
from roarbase.engine.names.numbered import NumberedIds, NumberedKeys
from roarbase.errors import ResourceLimitExceeded
from tests.engine.names.turns import Turns

IDS = st.integers(0, 12) | st.sampled_from([2**32, 2**63, 2**64 - 2])
KEYS = st.sampled_from(["", "a", "b", "ab", "ba", "é", "e\u0301", "\ud800", "\udfff", "a" * 300, "\x00", "0"])


def ids(values: list[int]) -> Any:
    return np.array(values, np.uint64)


@settings(deadline=None)
@given(st.lists(st.lists(IDS, max_size=8)), st.sampled_from([0, 3, 8, 2**16]))
def test_ids_are_numbered(batches: list[list[int]], few: int) -> None:
    """Ids are numbered by first occurrence and read back, from an array while there are few."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roarbase.engine.names.numbered._FEW", few)
        check_numbered(batches)


def check_numbered(batches: list[list[int]]) -> None:
    index, model = NumberedIds(Turns()), list[int]()
    for batch in batches:
        model += [i for i in dict.fromkeys(batch) if i not in model]
        assert index.add(ids(batch)).tolist() == [model.index(i) for i in batch]
        assert index.ids_at(np.arange(len(index))).tolist() == model
        assert index.find(ids([*batch, 99])).tolist() == [*map(model.index, batch), -1]


@settings(deadline=None)
@given(st.lists(st.tuples(st.lists(KEYS, max_size=8), st.booleans())))
def test_keys_are_numbered(steps: list[tuple[list[str], bool]]) -> None:
    """Keys are numbered by first occurrence and read back; truncating forgets the last."""
    keys, model = NumberedKeys(Turns()), list[str]()
    for batch, is_kept in steps:
        size = len(model)
        numbers, new_keys = keys.add(batch)
        model += [key for key in dict.fromkeys(batch) if key not in model]
        assert numbers.tolist() == [model.index(key) for key in batch]
        assert new_keys == model[size:]
        if not is_kept:
            keys.truncate(size)
            del model[size:]
        assert len(keys) == len(model)
        assert keys.keys_at(np.arange(len(keys))) == model
        assert keys.find(batch).tolist() == [model.index(key) if key in model else -1 for key in batch]


def test_keys_asked_for_a_few_at_a_time() -> None:
    """What is remembered of them is right, however many and long they are, and whatever is taken back in between."""
    keys, expected = NumberedKeys(Turns()), [f"{number}" * (1 + number % 40) for number in range(1500)]
    keys.add(expected)
    for _ in range(2):
        for first in range(0, 1500, 3):
            assert keys.keys_at(np.arange(first, first + 3)) == expected[first : first + 3]
    assert keys.keys_at(np.array([1400])) == [expected[1400]]
    keys.truncate(1400)
    keys.add(["another"])
    assert keys.keys_at(np.array([1400, 1399])) == ["another", expected[1399]]


def test_truncating_gives_memory_back() -> None:
    """A batch of keys that is taken back leaves no page behind; the next one goes where it stood."""
    keys = NumberedKeys(Turns())
    keys.add(["a", "b"])
    keys.add([f"{number:060}" for number in range(30_000)])
    keys.truncate(2)
    before = keys.nbytes
    keys.add([f"{number:059}" for number in range(30_000)])
    keys.truncate(2)
    assert keys.nbytes < 1.01 * before
    assert keys.keys_at(np.arange(2)) == ["a", "b"]


def test_too_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A field has at most so many rows; the batch that goes beyond is refused whole."""
    monkeypatch.setattr("roarbase.engine.names.numbered.MAXIMUM_NUMBERS", 3)
    index, keys = NumberedIds(PlainKernels()), NumberedKeys(PlainKernels())
    index.add(ids([1, 2]))
    keys.add(["a", "b"])
    with pytest.raises(ResourceLimitExceeded, match="more than 3 different ids"):
        index.add(ids([3, 4]))
    with pytest.raises(ResourceLimitExceeded, match="more than 3 different keys"):
        keys.add(["c", "d"])
    assert index.add(ids([7])).tolist() == [2]
    assert keys.add(["c"])[0].tolist() == [2]


def test_names_take_little_memory() -> None:
    """100,000 rows take at most 40 bytes each, keys 42 beside their text."""
    index, keys = NumberedIds(PlainKernels()), NumberedKeys(PlainKernels())
    for start in range(0, 100_000, 10_000):
        index.add(np.arange(start, start + 10_000, dtype=np.uint64) * np.uint64(2**40 + 1))
        keys.add([f"{number:010}" for number in range(start, start + 10_000)])
    assert index.nbytes < 100_000 * 40
    assert keys.nbytes < 100_000 * (42 + 10)
