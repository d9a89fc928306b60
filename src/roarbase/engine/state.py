"""The port between a log and the data in memory that it rebuilds.

`LocalEngine` drives it: assign, then log, then apply; replay is apply alone.
"""

from collections.abc import Callable, Mapping
from typing import Protocol

from roarbase.engine.edits import Edits, Write
from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.engine.plan import Plan
from roarbase.engine.storage.entries import Entry, WriteEntry
from roarbase.engine.tables.table import Table
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateTable, SchemaChange
from roarbase.model.results import Result
from roarbase.model.schema import Schema
from roarbase.model.written import Written

__all__ = ["State"]


class State(Protocol):
    """Tables and records in memory. One writer thread calls `is_change`, `assign`, `take_back`, `apply`
    and `transact`; any thread calls the rest. A run sees each entry wholly or not at all."""

    @property
    def cells(self) -> CellKernels:
        """What reads texts of values."""
        ...

    def schema(self) -> Schema: ...

    def is_change(self, change: SchemaChange) -> bool:
        """Whether the change would alter something: False where it is already so.

        Raises:
            ResourceNotFound, ResourceAlreadyExists, IncorrectState: As `Engine.change`.
        """
        ...

    def assign(self, write: Write) -> WriteEntry:
        """Give positions to new records and ids to new keys, find the records of edits, and say all of it as an entry.

        The keys and positions are taken at once, so that the next write of the same commit
        finds them. An error leaves nothing taken. Which writes may be assigned before others are
        applied, `commit_order` says.

        Raises:
            ResourceNotFound: The table or a field is not there.
            IncorrectState: Keys where the table has ids, or the other way round.
            BadRequest: An edit that the field's type does not take.
            RequestTimeout: The budget for finding records is used up.
        """
        ...

    def take_back(self, entry: WriteEntry) -> None:
        """Undo the last `assign` that was not applied: its keys and positions are free again."""
        ...

    def apply(self, entry: Entry, sequence: int) -> tuple[int, ...]:
        """Make an entry visible: one just assigned, or one replayed from the log under this number.

        Returns:
            How many records each step of it changed; of a schema change, nothing.
        """
        ...

    def transact(self, write: Edits, sequence: int, commit: Callable[[WriteEntry], None]) -> Written:
        """Make a write whose steps must see each other, while nobody else sees any of it.

        Args:
            sequence: The number that it will have in the log.
            commit: Puts the entry of all steps into the log.

        Raises:
            Whatever a step or `commit` raised; all is as it was before then.
        """
        ...

    def tables(self) -> dict[str, Table]:
        """The tables by uuid, for whoever reads them while the writer pauses."""
        ...

    def make_table(self, change: CreateTable) -> Table:
        """An empty table for `adopt`."""
        ...

    def adopt(self, tables: dict[str, Table], end: int) -> None:
        """Have these tables, loaded from snapshots; no entry behind `end` is in any of them.

        Of entries up to there, `apply` then makes what shards lack, until `settle_adopted` is called.
        """
        ...

    def settle_adopted(self, release: int) -> None:
        """The log is replayed. Positions that deletions up to entry `release` freed may be given away."""
        ...

    def run(self, table: str, plan: Plan, budget: Budget) -> Result: ...

    def memory_bytes(self) -> int: ...

    def table_bytes(self) -> Mapping[str, int]: ...
