"""Sorted words against a set of numbers."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from roarbase.engine.columns.words import SortedWords

WORDS = st.integers(0, 40) | st.sampled_from([2**32, 2**63 - 1, 2**63, 2**64 - 1])
LISTS = st.lists(WORDS, max_size=30)


def array(words: Any) -> Any:
    return np.array([*words], np.uint64)


class WordsMachine(RuleBasedStateMachine):
    """Whatever is added and taken out, the words are those of a set, and each change is told once."""

    def __init__(self) -> None:
        super().__init__()
        self.words = SortedWords()
        self.model: set[int] = set()

    @rule(words=LISTS)
    def add(self, words: list[int]) -> None:
        assert self.words.add(array(words)).tolist() == sorted({*words} - self.model)
        self.model.update(words)

    @rule(words=LISTS)
    def remove(self, words: list[int]) -> None:
        assert self.words.remove(array(words)).tolist() == sorted({*words} & self.model)
        self.model.difference_update(words)

    @rule(low=WORDS, high=WORDS)
    def look(self, low: int, high: int) -> None:
        stretches = self.words.between(low, high)
        assert all(len(stretch) and (stretch[1:] > stretch[:-1]).all() for stretch in stretches)
        found = sorted(word for stretch in stretches for word in stretch.tolist())
        assert found == sorted(word for word in self.model if low <= word <= high)

    @rule(divisor=st.integers(2, 3))
    def keep(self, divisor: int) -> None:
        self.words.keep([run % np.uint64(divisor) == 0 for run in self.words.runs()])
        self.model = {word for word in self.model if word % divisor == 0}

    @invariant()
    def all_are_there(self) -> None:
        runs = [run.tolist() for run in self.words.runs()]
        assert sorted(word for run in runs for word in run) == sorted(self.model)
        assert len(self.words) == len(self.model)
        assert not self.model or self.words.lowest() == min(self.model)
        assert self.words.nbytes == 8 * len(self.model)


TestWords = WordsMachine.TestCase


@given(st.lists(st.lists(st.integers(0, 10_000), min_size=1, max_size=50), min_size=20, max_size=40))
def test_runs_stay_few(batches: list[list[int]]) -> None:
    """However small the batches, there are about as many runs as the size has binary digits."""
    words = SortedWords()
    for batch in batches:
        words.add(array(batch))
    assert len(list(words.runs())) <= len(words).bit_length() + 1
