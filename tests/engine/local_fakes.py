"""A state that only remembers: what the tests of the local engine drive.

It checks its own protocol: what is assigned is applied in order, or taken back in reverse.
"""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import numpy as np

from roarbase.engine.edits import Edits, Write
from roarbase.engine.local import LocalEngine, open_local_engine
from roarbase.engine.plan import Plan
from roarbase.engine.storage.entries import BatchEntry, Entry, WriteEntry
from roarbase.engine.storage.file_store import FileStore
from roarbase.engine.storage.packing import pack, unpack
from roarbase.engine.writer import Deliver, deliver_here
from roarbase.errors import ResourceNotFound, RoarbaseError
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateTable, DropTable, SchemaChange
from roarbase.model.results import Result
from roarbase.model.schema import Schema
from roarbase.model.written import Written

ROOT = Path("/disk/engine")


class FakeState:
    """Tables are a set, records a list of (table, id) in the order of their application."""

    def __init__(self) -> None:
        self.tables: set[str] = set()
        self.records: list[tuple[str, int]] = []
        self.taken: list[BatchEntry] = []
        self.gate = Event()  # assign waits here
        self.gate.set()
        self.arrived = Event()  # set when assign is reached
        self.fails_at: set[str] = set()
        self.last = 0

    def schema(self) -> Schema:
        return Schema(version=len(self.tables))

    def is_change(self, change: SchemaChange) -> bool:
        if isinstance(change, CreateTable):
            return change.table not in self.tables
        if change.table not in self.tables:
            raise ResourceNotFound(f"table not found: {change.table}")
        return isinstance(change, DropTable)

    def assign(self, write: Write) -> BatchEntry:
        assert isinstance(write, Batch)
        return self._assign(write)

    def _assign(self, batch: Batch) -> BatchEntry:
        self.arrived.set()
        assert self.gate.wait(10)
        if "assign" in self.fails_at:
            raise ZeroDivisionError("a bug")
        if batch.table not in self.tables:
            raise ResourceNotFound(f"table not found: {batch.table}")
        assert batch.ids is not None
        entry = BatchEntry(table=batch.table, positions=pack(batch.ids), first_new=len(self.taken))
        self.taken.append(entry)
        return entry

    def take_back(self, entry: WriteEntry) -> None:
        assert self.taken.pop() is entry

    def transact(self, write: Edits, sequence: int, commit: Callable[[WriteEntry], None]) -> Written:
        raise NotImplementedError

    def apply(self, entry: Entry, sequence: int) -> tuple[int, ...]:
        assert sequence > self.last
        self.last = sequence
        if "apply" in self.fails_at:
            raise ZeroDivisionError("a bug")
        if isinstance(entry, CreateTable):
            self.tables.add(entry.table)
            return ()
        if isinstance(entry, DropTable):
            self.tables.remove(entry.table)
            return ()
        assert isinstance(entry, BatchEntry)
        if self.taken:
            assert self.taken.pop(0) is entry
        assert entry.table in self.tables
        ids = unpack(entry.positions, np.uint64).tolist()
        self.records += [(entry.table, i) for i in ids]
        return (len(ids),)

    def run(self, table: str, plan: Plan, budget: Budget) -> Result:
        budget.check()
        assert plan
        raise ResourceNotFound(f"table not found: {table}")

    def memory_bytes(self) -> int:
        return 8 * len(self.records)


class Outcomes(list[int | RoarbaseError]):
    """A receiver of answers: `done` in the order they came; of what was written, the sequence number."""

    def done(self, outcome: Written | RoarbaseError) -> None:
        self.append(outcome.sequence if isinstance(outcome, Written) else outcome)


def batch(*ids: int, table: str = "t") -> Batch:
    return Batch(table=table, columns=(), ids=np.array(ids, dtype=np.uint64))


def open_engine(
    store: FileStore, root: Path = ROOT, limit_bytes: int = 1 << 30, deliver: Deliver = deliver_here
) -> tuple[LocalEngine, FakeState]:
    """An engine over a fake state that has a table `t`."""
    state = FakeState()
    engine = open_local_engine(root, store, lambda: state, limit_bytes, deliver)
    engine.change(CreateTable(table="t", name="t"))
    return engine, state


def write_and_wait(engine: LocalEngine, written: Batch) -> int | RoarbaseError:
    """Write one batch and wait for its answer."""
    answered, outcomes = Event(), Outcomes()

    def done(outcome: Written | RoarbaseError) -> None:
        outcomes.done(outcome)
        answered.set()

    engine.write(written, done)
    assert answered.wait(10)
    return outcomes[0]


def recorded(store: FileStore, root: Path = ROOT) -> list[int]:
    """The ids that a restart finds, in order."""
    engine, state = open_engine(store, root)
    engine.close()
    return [record for _, record in state.records]
