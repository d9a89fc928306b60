"""The first records by id, and those between two ids, where ids are not in the order of positions."""

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.testing.batches import batch_of
from tests.engine.states import KERNELS, kernels_of, schema_entries
from tests.support.samples import sample

KIND = FieldSpec(name="kind", type=FieldType.MUTEX)
KINDS = 50
WAYS = {
    "ids without any order": lambda random: random.integers(0, 2**64 - 1, 40_000, np.uint64),
    "near and far ids": lambda random: np.append(random.integers(0, 9000, 9000), random.integers(2**40, 2**63, 30_000)),
    "counting up, but for one": lambda _: np.append(np.arange(2**33, 2**33 + 50_000), 2**32),
    "counting down": lambda _: np.arange(2**50, 2**50 - 40_000, -1),
    "both sides of the middle": lambda random: np.append(
        2**63 + random.integers(-(10**6), 10**6, 20_000).astype(np.uint64), np.uint64(2**64 - 2)
    ),
}


@cache
def filled(way: str, kernels: str) -> tuple[BitmapState, list[int]]:
    """A table with these ids, written a few thousand at a time; a record in 50 has row 0, and all have one."""
    state = BitmapState(kernels=kernels_of(kernels))
    for entry in schema_entries((KIND,)):
        state.apply(entry)
    ids = WAYS[way](np.random.default_rng(3)).astype(np.uint64)
    for start in range(0, len(ids), 7000):
        part = ids[start : start + 7000]
        batch = batch_of("t", [KIND], [(0, {"kind": int(i) % KINDS}) for i in part.tolist()], is_keyed=False)
        state.apply(state.assign(Batch(table="t", ids=part, columns=batch.columns)))
    assert state.verify() == []
    return state, sorted(set(ids.tolist()))


def ask(state: BitmapState, plan: p.Plan) -> Any:
    return state.run("t", plan, Budget())


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("way", WAYS)
@settings(deadline=None, max_examples=sample(15))
@given(
    data=st.data(),
    rows=st.lists(st.integers(0, KINDS + 1), max_size=3).map(tuple),
    limit=st.integers(0, 30) | st.sampled_from([1000, 20_000, 10**6]),
    offset=st.integers(0, 30) | st.sampled_from([900, 20_000]),
)
def test_first_and_last_records(
    data: st.DataObject, rows: tuple[int, ...], limit: int, offset: int, way: str, kernels: str
) -> None:
    """Whatever is selected, the first records and the last ones by id are those that sorting gives."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("roarbase.engine.operators.first_records._ENOUGH", 10)
        state, ids = filled(way, kernels)
        among = p.RowsIn("kind", rows) if rows else p.All()
        chosen = [i for i in ids if not rows or i % KINDS in rows]
        assert ask(state, p.Records(p.Slice(among, limit, offset))).records == chosen[offset : offset + limit]
        if data.draw(st.booleans()):
            chosen.reverse()
            order: tuple[p.RecordOrder, ...] = (p.RecordOrder("_id", is_descending=True),)
        else:
            order = data.draw(st.sampled_from([(), (p.RecordOrder("_id"),)]))
        found = ask(state, p.Extract(input=among, fields=("kind",), order=order, limit=limit, offset=offset))
        assert found.records.cells == chosen[offset : offset + limit]
        assert found.fields[0].cells == [i % KINDS for i in found.records.cells]


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("way", WAYS)
@settings(deadline=None, max_examples=sample(15))
@given(data=st.data())
def test_records_between_ids(data: st.DataObject, way: str, kernels: str) -> None:
    """A range of ids selects what lies between its bounds, both included, be they ids or not."""
    state, ids = filled(way, kernels)
    bounds = st.none() | st.sampled_from(ids) | st.integers(-1, 2**64) | st.sampled_from([0, 2**63 - 1, 2**63])
    low, high = data.draw(bounds), data.draw(bounds)
    inside = [i for i in ids if (low is None or low <= i) and (high is None or i <= high)]
    assert ask(state, p.Count(p.IdRange(low, high))).count == len(inside)
    assert ask(state, p.Records(p.Slice(p.IdRange(low, high), limit=20))).records == inside[:20]
