"""Positions of deleted records, held back until a snapshot covers the deletion."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from roarbase.engine.names.held import HeldPositions


@given(
    st.lists(
        st.tuples(st.sets(st.integers(0, 6)), st.integers(0, 2)) | st.integers(0, 12) | st.just("take back"),
        max_size=20,
    )
)
def test_held_positions_are_a_list_of_pairs(steps: list[Any]) -> None:
    """A position is let go of when the last deletion that freed it is covered."""
    held, model, sequence, last = HeldPositions(), list[tuple[int, int]](), 1, 0
    for step in steps:
        if step == "take back":
            held.take_back(last)
            model, last = model[: len(model) - last], 0
        elif isinstance(step, int):
            released = held.release(step)
            remaining = [(position, at) for position, at in model if at > step]
            expected = {position for position, _ in model} - {position for position, _ in remaining}
            assert released.tolist() == sorted(expected)
            model, last = remaining, 0
        else:
            positions, ahead = step
            sequence, last = sequence + ahead, len(positions)
            held.add(np.array(sorted(positions), np.int64), sequence)
            model += [(position, sequence) for position in sorted(positions)]
        assert len(held) == len(model)
