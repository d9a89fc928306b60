"""Verification of an engine on disk: what it counts, what it finds, what it refuses."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.local import open_local_engine
from roarbase.engine.storage.entries import BatchEntry, Entry
from roarbase.engine.verify import Verified, verify_engine
from roarbase.errors import LogDamaged, OperatorError
from roarbase.testing.batches import batch_of
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.generated import SPECS
from tests.engine.states import schema_entries

HERE = Path("/engine")


class Forgetful(BitmapState):
    """A state that miscounts whenever a batch is applied."""

    def apply(self, entry: Entry, sequence: int) -> tuple[int, ...]:
        changed = super().apply(entry, sequence)
        if isinstance(entry, BatchEntry):
            field: Any = self.tables()["t"].get_field("kind")
            field.column.counters.add(np.array([0]))
        return changed


@pytest.fixture
def store() -> MemoryFileStore:
    """A disk with an engine of two tables, of which one has three records."""
    store = MemoryFileStore()
    engine = open_local_engine(HERE, store, BitmapState, 1 << 30)
    for change in schema_entries():
        assert not isinstance(change, BatchEntry)
        engine.change(change)
    writes = [(i, {"kind": i % 2, "count": i, "tags": [i]}) for i in range(3)]
    engine.write(batch_of("t", SPECS, writes, is_keyed=False), lambda _: None)
    engine.close()
    return store


def test_a_sound_engine_has_no_differences(store: MemoryFileStore) -> None:
    """Tables and records are counted; it can be opened again afterwards."""
    expected = Verified(tables=2, records=3, differences=())
    assert verify_engine(HERE, store) == expected
    assert verify_engine(HERE, store) == expected


def test_a_damaged_counter_is_named(store: MemoryFileStore) -> None:
    """With table, field and row."""
    found = verify_engine(HERE, store, Forgetful)
    assert found.differences == ("table 'table', field 'kind': 2 records hold row number 0, 3 are counted",)


def test_an_engine_in_use_is_refused(store: MemoryFileStore) -> None:
    """Whoever has it goes on."""
    engine = open_local_engine(HERE, store, BitmapState, 1 << 30)
    with pytest.raises(OperatorError, match="in use"):
        verify_engine(HERE, store)
    assert len(engine.schema().tables) == 2
    engine.close()


def test_a_directory_without_an_engine_gets_none(store: MemoryFileStore) -> None:
    """A mistyped path does not become an empty engine."""
    store.create_directory(Path("/empty"))
    with pytest.raises(OperatorError, match="/empty holds no data of Roarbase"):
        verify_engine(Path("/empty"), store)
    assert store.list_names(Path("/empty")) == []
    with pytest.raises(OperatorError, match="/nothing cannot be read"):
        verify_engine(Path("/nothing"), store)


def test_a_damaged_log_is_refused(store: MemoryFileStore) -> None:
    """As at every opening."""
    name = next(name for name in store.list_names(HERE) if name.startswith("log-"))
    file = store.open(HERE / name)
    file.write_at(100, b"\xff" * 8)
    file.close()
    with pytest.raises(LogDamaged):
        verify_engine(HERE, store)
