"""Names of deleted records: forgotten at once, their positions held back until a snapshot covers the deletion."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roarbase.engine.names.held import HeldPositions
from roarbase.engine.names.id_index import IdIndex
from roarbase.engine.names.key_map import KeyMap

FAR = 2**40
IDS = [FAR, FAR + 1, 2**64 - 2]
KEYS = ["a", "", "é"]


def taken(records: Any, names: list[Any]) -> list[int]:
    """Where the names stand, the new ones having taken positions."""
    positions: list[int] = records.add(np.array(names, np.uint64) if isinstance(names[0], int) else names)[0].tolist()
    return positions


def found(records: Any, names: list[Any]) -> list[int]:
    positions: list[int] = records.find(np.array(names, np.uint64) if isinstance(names[0], int) else names).tolist()
    return positions


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


@pytest.mark.parametrize(("make", "names"), [(IdIndex, IDS), (KeyMap, KEYS)])
def test_freed_names_are_forgotten(make: Any, names: list[Any]) -> None:
    """A freed name is not found, its position goes to nobody yet, and written again it gets another one."""
    records = make()
    first = taken(records, names)
    records.free(np.array(first[:2]), 7)
    assert found(records, names) == [-1, -1, first[2]]
    again = taken(records, names)
    assert again[2] == first[2]
    assert not set(again[:2]) & set(first)
    assert found(records, names) == again
    assert records.gather(np.array(again))() == names


@pytest.mark.parametrize(("make", "names"), [(IdIndex, IDS), (KeyMap, KEYS)])
def test_a_deletion_that_does_not_come_about_is_undone(make: Any, names: list[Any]) -> None:
    """After undoing, the last first, every name stands where it stood, and nothing is held."""
    records = make()
    first = taken(records, names)
    deletions = [records.free(np.array(first[:1]), 7), records.free(np.array(first[1:]), 8)]
    for freed in reversed(deletions):
        records.restore(freed)
    assert found(records, names) == first
    assert records.gather(np.array(first))() == names
    records.release(100)
    assert found(records, names) == first


@pytest.mark.parametrize(("make", "names"), [(IdIndex, IDS), (KeyMap, KEYS)])
def test_names_gathered_are_of_the_moment(make: Any, names: list[Any]) -> None:
    """What was gathered under the lock does not change when its records are deleted before it is read."""
    records = make()
    gathered = records.gather(np.array(taken(records, names)))
    records.free(np.array(found(records, names)), 1)
    records.release(1)
    taken(records, names[::-1])
    assert gathered() == names
