"""The bitmap engine answers every plan as the plain engine does, whatever was written before."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine.bitmap.state import BitmapState
from roarbase.engine.plain.state import PlainState
from roarbase.testing.batches import batch_of
from tests.engine.bitmap.both import KERNELS, kernels_of, outcome, schema_entries
from tests.engine.plain.generated import IDS, KEYS, SPECS, plans, random_batches

PLANS = {is_keyed: plans(KEYS if is_keyed else IDS, is_keyed=is_keyed) for is_keyed in (False, True)}


@contextmanager
def limits(way: str) -> Iterator[None]:
    """Limits so low that small tables meet them: every way of answering is taken by some test."""
    with pytest.MonkeyPatch.context() as patch:
        if way == "sparse":
            patch.setattr("roarbase.engine.bitmap.grouping.dense.MAXIMUM_CELLS", 0)
            patch.setattr("roarbase.engine.bitmap.grouping.counting._MAXIMUM_ROWS", 0)
            patch.setattr("roarbase.engine.bitmap.grouping.sparse._RECORDS_AT_ONCE", 4)
            patch.setattr("roarbase.engine.bitmap.filters.number_in._MAXIMUM_RANGES", 0)
        if way == "lists":
            patch.setattr("roarbase.engine.bitmap.columns.sets.MAXIMUM_PLANES", 1)
        yield


@cache
def states(seed: int, _way: str, kernels: str, *, is_keyed: bool) -> tuple[PlainState, BitmapState, BitmapState]:
    """The same writes in the plain engine, in the bitmap engine, and in its copy from the log.

    Entries are assigned by the bitmap engine, so that what it assigns is what the plain one understands.
    """
    random = Random(seed)
    plain, bitmap, copy = PlainState(), *(BitmapState(kernels=kernels_of(kernels)) for _ in range(2))
    for entry in schema_entries(is_keyed=is_keyed):
        for state in (plain, bitmap, copy):
            state.apply(entry)
    for writes in random_batches(seed, is_keyed=is_keyed):
        batch = batch_of("t", SPECS, writes, is_keyed=is_keyed)
        if random.random() < 0.3:
            bitmap.take_back(bitmap.assign(batch))
        entry = bitmap.assign(batch)
        for state in (plain, bitmap, copy):
            state.apply(entry)
    assert [bitmap.verify(), copy.verify()] == [[], []]
    return plain, bitmap, copy


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("way", ["usual", "sparse", "lists"])
@pytest.mark.parametrize("about", ["records", "extract", "values", "groups", "summary"])
@pytest.mark.parametrize("is_keyed", [False, True])
@settings(deadline=None, max_examples=60)
@given(data=st.data(), seed=st.integers(0, 31))
def test_bitmap_and_plain_agree(
    data: st.DataObject, seed: int, is_keyed: bool, about: str, way: str, kernels: str
) -> None:
    """Any plan has the same answer, or error, in the plain engine, the bitmap engine and its copy from the log."""
    with limits(way):
        plain, bitmap, copy = states(seed, way, kernels, is_keyed=is_keyed)
        plan = data.draw(PLANS[is_keyed][about])
        expected = outcome(plain, plan)
        assert outcome(bitmap, plan) == expected
        assert outcome(copy, plan) == expected
    assert bitmap.schema().tables == plain.schema().tables
