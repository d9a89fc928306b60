"""Columns that a batch needs wider are made so before it takes the table for itself."""

from typing import Any

import pytest

from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.columns.numbers import NumberColumn
from roarbase.engine.columns.planes import Planes
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.testing.batches import batch_of
from tests.engine.generated import SPECS
from tests.engine.questions import QUESTIONS
from tests.engine.states import KERNELS, kernels_of, outcome, reference_of, schema_entries

FIRST = [(i, {"count": i % 100, "kind": i, "tags": [i, 7]}) for i in range(240)]
FAR = [(SHARD_POSITIONS + i, {"count": i, "kind": i, "tags": [i]}) for i in range(50)]
WIDER = {
    "numbers": [(3, {"count": 10**6}), (SHARD_POSITIONS + 3, {"count": -(10**12)})],
    "numbers and none": [(3, {"count": None}), (4, {"count": 10**6}), (5, {"kind": 2}), (6, {"count": 7})],
    "rows": [(i, {"kind": 150 + i, "tags": [1, 150 + i]}) for i in range(120)],
    "rows and none": [(i, {"tags": [150 + i]} if i % 3 else {"kind": None}) for i in range(199)],
    "rows in two shards": [(i % 2 * SHARD_POSITIONS + i // 2, {"kind": 300 + i}) for i in range(100)],
    "new records, too": [(i, {"count": 999 * i, "kind": 150 + i, "tags": [150 + i]}) for i in range(190, 320)],
}


@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.parametrize("wider", WIDER)
def test_columns_are_widened_before_a_batch(wider: str, kernels: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While others may read; the batch finds them wide enough, and all is as the reference model has it."""
    state, reference = BitmapState(kernels=kernels_of(kernels)), reference_of()
    for entry in schema_entries():
        state.apply(entry)
    for writes in (FIRST, FAR):
        write(state, writes)
        reference.write(writes)
    table = state.tables()["t"]
    alone: list[bool] = []
    for owner, name in ((NumberColumn, "_refit"), (Planes, "_widen")):
        monkeypatch.setattr(owner, name, noting(getattr(owner, name), lambda: alone.append(table.lock._is_writing)))
    write(state, WIDER[wider])
    assert alone
    assert not any(alone)
    reference.write(WIDER[wider])
    for question in QUESTIONS:
        assert outcome(state, question) == repr(reference.answer(question))
    assert state.verify() == []


def write(state: BitmapState, writes: Any) -> None:
    state.apply(state.assign(batch_of("t", SPECS, writes, is_keyed=False)))


def noting(function: Any, note: Any) -> Any:
    """The function, which notes every call that has something to do."""

    def noted(column: Any, shard: int, *arguments: Any) -> Any:
        width = arguments[0] if isinstance(column, Planes) else None
        if width is None or column.buffers.widths[0, shard] not in (0, width):
            note()
        return function(column, shard, *arguments)

    return noted
