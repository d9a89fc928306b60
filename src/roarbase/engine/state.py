"""The port between a log and the data in memory that it rebuilds.

`LocalEngine` drives it: assign, then log, then apply; replay is apply alone.
"""

from typing import Protocol

from roarbase.engine.plan import Plan
from roarbase.engine.storage.entries import BatchEntry, Entry
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget
from roarbase.model.changes import SchemaChange
from roarbase.model.results import Result
from roarbase.model.schema import Schema

__all__ = ["State"]


class State(Protocol):
    """Tables and records in memory. One writer thread calls `is_change`, `assign`, `take_back` and
    `apply`; any thread calls the rest. A run sees each entry wholly or not at all."""

    def schema(self) -> Schema: ...

    def is_change(self, change: SchemaChange) -> bool:
        """Whether the change would alter something: False where it is already so.

        Raises:
            ResourceNotFound, ResourceAlreadyExists, IncorrectState: As `Engine.change`.
        """
        ...

    def assign(self, batch: Batch) -> BatchEntry:
        """Give positions to new records and ids to new keys, and say the batch as an entry.

        The keys and positions are taken at once, so that the next batch of the same commit
        finds them. An error leaves nothing taken.

        Raises:
            ResourceNotFound: The table or a field is not there.
            IncorrectState: Keys where the table has ids, or the other way round.
        """
        ...

    def take_back(self, entry: BatchEntry) -> None:
        """Undo the last `assign` that was not applied: its keys and positions are free again."""
        ...

    def apply(self, entry: Entry) -> None:
        """Make an entry visible: one just assigned, or one replayed from the log."""
        ...

    def run(self, table: str, plan: Plan, budget: Budget) -> Result: ...

    def memory_bytes(self) -> int: ...
