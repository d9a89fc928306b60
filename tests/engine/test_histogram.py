"""Histograms: every look-up agrees with plain counting over the values themselves."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from roarbase.engine.counters.histogram import Histogram

FIRST = st.integers(-(2**40), 2**40)
PLACES = st.lists(st.one_of(st.integers(0, 5), st.integers(1000, 1050), st.integers(0, 5000)), min_size=1, max_size=30)


@given(FIRST, PLACES, st.integers(0, 2000), st.data())
def test_it_tells_what_counting_the_values_tells(
    first: int, places: list[int], spare: int, data: st.DataObject
) -> None:
    """Totals, bounds, distinct values and ranks are those of the values, within blocks, at their edges and beyond."""
    values = sorted(first + place for place in places)
    histogram = Histogram(first, np.bincount(np.array(places), minlength=max(places) + 1 + spare))

    assert histogram.total == len(values)
    assert histogram.values().tolist() == sorted(set(values))
    assert histogram.distinct == len(set(values))
    assert histogram.bounds() == (values[0], values[-1])
    number = data.draw(st.one_of(st.sampled_from(values), st.integers(first - 2, first + 7000)))
    assert histogram.below(number) == sum(value < number for value in values)


def test_nothing_occurs_in_an_empty_one() -> None:
    """Of no counts at all there is a total, and nothing below any number."""
    empty = Histogram(0, np.zeros(0, np.int64))

    assert (empty.total, empty.distinct, empty.below(5), empty.values().tolist()) == (0, 0, 0, [])
