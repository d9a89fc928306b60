"""The machine of `machine.py`, with snapshots taken at any time, and while other things are written."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from roarbase.engine import edits as e
from roarbase.engine import plan as p
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.local import open_local_engine
from roarbase.model.budget import Budget
from roarbase.testing.memory_file_store import MemoryFileStore
from tests.engine.machine import _EVERYTHING, _ROOT, machine_of

__all__ = ["snapshot_machine_of"]


def snapshot_machine_of(**options: Any) -> Any:
    """The machine for one kind of table; its options are those of `machine_of`."""
    base = machine_of(**options)

    class SnapshotMachine(base):  # type: ignore[misc, valid-type]
        """Programs whose restarts begin with snapshots."""

        @rule()
        def take_snapshots(self) -> None:
            self.engine.snapshot()

        @rule(shards=st.integers(0, 3))
        def take_snapshots_of_some(self, shards: int) -> None:
            """A round that is cut short."""
            moments = iter([True] * shards)
            self.engine._taker.take(lambda: next(moments, False))

        @rule()
        def restart(self) -> None:
            """What belongs to all shards together is as it was too, so nothing was entered or counted twice."""
            before = facts(self.state)
            super().restart()
            assert facts(self.state) == before

        @rule(
            many=st.lists(base.changes, min_size=3, max_size=8),
            seed=st.integers(0, 999),
            is_wide=st.booleans(),
            restarts=st.booleans(),
        )
        def take_snapshots_while_others_write(self, many: list[Any], seed: int, is_wide: bool, restarts: bool) -> None:
            """Between any two of the moments at which the writer pauses something is written."""
            self.write_many(seed)

            def write_next() -> None:
                """A write of most of the names, some of which are new or deleted, behind one of any kind."""
                if many:
                    self.write_one(many.pop())
                    self.write_one(
                        e.DeleteRecords(p.RecordSet(tuple(Random(seed + len(many)).sample(base.names_in_use, 3))))
                    )
                    self.write_many(seed + len(many))

            with between_pauses(self.engine._taker, write_next), in_pieces(is_wide=is_wide):
                self.engine.snapshot()
            self.agree()
            if restarts:
                self.restart()

        def write_one(self, step: Any) -> None:
            write = self.as_step(step) if isinstance(step, tuple) else e.Edits(table="t", steps=(step,))
            self.check(*self.write(write), [step])

        @rule()
        def replay_the_log_alone(self) -> None:
            """The log without any snapshot comes to the same."""
            engine = open_local_engine(_ROOT, log_of(self.store), BitmapState, 1 << 40)
            assert repr(engine.run("t", _EVERYTHING, Budget())) == self.answer(_EVERYTHING)
            engine.close()

    return SnapshotMachine


def facts(state: BitmapState) -> dict[str, Any]:
    """What a state knows of the names and records of each table together."""
    found: dict[str, Any] = {}
    for name, table in state.tables().items():
        names = (0, 0) if table.records is None else (len(table.records), len(table.records._map))
        found[name] = (table.entered, *names, table.exists.total)
    return found


@contextmanager
def between_pauses(taker: Any, work: Callable[[], None]) -> Iterator[None]:
    """Have something done after each pause of the writer."""
    pause = taker._pause

    def paused(found: Any) -> Any:
        result = pause(found)
        work()
        return result

    taker._pause = paused
    try:
        yield
    finally:
        taker._pause = pause


@contextmanager
def in_pieces(*, is_wide: bool) -> Iterator[None]:
    """Have all shards be too large to be copied at once, each field a piece."""
    with pytest.MonkeyPatch.context() as patch:
        if is_wide:
            patch.setattr("roarbase.engine.snapshots.taking.AT_ONCE_BYTES", 0)
            patch.setattr("roarbase.engine.snapshots.wide.AT_ONCE_BYTES", 1)
            patch.setattr("roarbase.engine.snapshots.wide._SETTLED", 2)
        yield


def log_of(store: MemoryFileStore) -> MemoryFileStore:
    """A store with a copy of the log, and nothing else."""
    copy = MemoryFileStore()
    copy.create_directory(_ROOT)
    for name in store.list_names(_ROOT):
        if name.startswith("log-"):
            file = store.open(_ROOT / name)
            copy.create(_ROOT / name).write_at(0, file.read_at(0, file.size()))
    return copy
