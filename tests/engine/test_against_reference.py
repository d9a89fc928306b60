"""The engine answers every plan as the reference model does, whatever was written before."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.storage.entries import BatchEntry, Entry
from roarbase.model.changes import DropViews
from roarbase.testing.batches import batch_of
from roarbase.testing.reference import ReferenceTable
from tests.engine.generated import IDS, KEYS, MOMENT_POOL, ROW_KEY_POOL, SPECS, plans, random_batches
from tests.engine.states import KERNELS, kernels_of, outcome, reference_of, schema_entries, sensible
from tests.support.samples import sample

PLANS = {is_keyed: plans(KEYS if is_keyed else IDS, is_keyed=is_keyed) for is_keyed in (False, True)}


@contextmanager
def limits(way: str) -> Iterator[None]:
    """Limits so low that small tables meet them: every way of answering is taken by some test."""
    with pytest.MonkeyPatch.context() as patch:
        if way == "sparse":
            patch.setattr("roarbase.engine.grouping.dense.MAXIMUM_CELLS", 0)
            patch.setattr("roarbase.engine.grouping.counting._MAXIMUM_ROWS", 0)
            patch.setattr("roarbase.engine.operators.scan._AT_ONCE", 4)
            patch.setattr("roarbase.engine.filters.number_in._MAXIMUM_RANGES", 0)
            patch.setattr("roarbase.engine.operators.percentile._NARROW", 4)
        if way == "lists":
            patch.setattr("roarbase.engine.columns.growth._MAXIMUM_PLANES", 1)
            patch.setattr("roarbase.engine.operators.scan._AT_ONCE", 8)
        yield


def logged(entry: BatchEntry) -> Entry:
    """The entry as the log gives it back."""
    try:
        return msgspec.msgpack.decode(msgspec.msgpack.encode(entry), type=Entry)
    except UnicodeEncodeError:  # keys with lone surrogates cannot be logged, nor sent
        return entry


@cache
def tables(seed: int, _way: str, kernels: str, *, is_keyed: bool) -> tuple[BitmapState, BitmapState, ReferenceTable]:
    """The same writes in the engine, in its copy from the log, and in the model.

    Batches go every way a writer goes: at once, in groups, taken back and tried again. Between them
    calendar views end.
    """
    random = Random(seed)
    state, copy = (BitmapState(kernels=kernels_of(kernels)) for _ in range(2))
    reference = reference_of(is_keyed=is_keyed)
    for entry in schema_entries(is_keyed=is_keyed):
        state.apply(entry)
        copy.apply(entry)
    pending: list[BatchEntry] = []
    for writes in random_batches(seed, is_keyed=is_keyed):
        if random.random() < 0.3:  # the table referred to gets records of its own, some after they are referred to
            known = [(key, {}) for key in random.sample(ROW_KEY_POOL, 3)]
            pending.append(state.assign(batch_of("w", (), known, is_keyed=True)))
            reference.targets["towns"].write(known)
        batch = batch_of("t", SPECS, writes, is_keyed=is_keyed)
        if random.random() < 0.3:
            state.take_back(state.assign(batch))
        pending.append(state.assign(batch))
        reference.write(writes)
        if random.random() < 0.7:
            pending = _applied(state, copy, pending)
            if random.random() < 0.3:
                _end_views(random, state, copy, reference)
    _applied(state, copy, pending)
    assert [state.verify(), copy.verify()] == [[], []]
    return state, copy, reference


def _applied(state: BitmapState, copy: BitmapState, pending: list[BatchEntry]) -> list[BatchEntry]:
    for entry in pending:
        state.apply(entry)
        copy.apply(logged(entry))
    return []


def _end_views(random: Random, state: BitmapState, copy: BitmapState, reference: ReferenceTable) -> None:
    for name in ("visits", "steps"):
        change = DropViews(table="t", field_id=f"id of {name}", ended_by=random.choice(MOMENT_POOL) + 1)
        state.apply(change)
        copy.apply(change)
        assert not state.is_change(change)
        reference.drop_views(name, change.ended_by)


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("way", ["usual", "sparse", "lists"])
@pytest.mark.parametrize("about", ["records", "extract", "values", "groups", "summary"])
@pytest.mark.parametrize("is_keyed", [False, True])
@settings(deadline=None, max_examples=sample(20))
@given(data=st.data(), seed=st.integers(0, 31))
def test_engine_and_reference_agree(
    data: st.DataObject, seed: int, is_keyed: bool, about: str, way: str, kernels: str
) -> None:
    """Any plan has the same answer in the engine, in its copy from the log and in the reference model."""
    with limits(way):
        state, copy, reference = tables(seed, way, kernels, is_keyed=is_keyed)
        plan = sensible(data.draw(PLANS[is_keyed][about]), reference)
        expected = repr(reference.answer(plan))  # as text, since 1 == True and numpy's numbers equal Python's
        assert outcome(state, plan) == expected
        assert outcome(copy, plan) == expected
    assert copy.schema().tables == state.schema().tables
