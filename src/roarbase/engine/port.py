"""The engine port: what the rest of Roarbase knows of a deployment's data.

One machine answers it now; a cluster answers the same questions later.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from roarbase.engine.edits import Write
from roarbase.engine.kernels.cells.port import CellKernels
from roarbase.engine.plan import Plan
from roarbase.engine.snapshots.held import HeldFiles
from roarbase.errors import RoarbaseError
from roarbase.model.budget import Budget
from roarbase.model.changes import SchemaChange
from roarbase.model.results import Result
from roarbase.model.schema import Schema
from roarbase.model.written import Written

__all__ = ["Done", "Engine"]

Done = Callable[[Written | RoarbaseError], None]
"""Called once per write: with what it did when that is on disk and visible, else with the error."""


class Engine(Protocol):
    """A deployment's tables and records. Methods may be called from any thread."""

    @property
    def cells(self) -> CellKernels:
        """What reads texts of values."""
        ...

    def schema(self) -> Schema:
        """The schema as of now; frozen, and cheap to ask for."""
        ...

    def change(self, change: SchemaChange) -> int:
        """Apply one schema change durably and return its sequence number.

        Making what is already there exactly so, or dropping what is gone, changes nothing:
        a caller that crashed half-way can ask again.

        Raises:
            ResourceNotFound: The table or field to change is not there.
            ResourceAlreadyExists: The name is taken by something else.
            RelatedResourceNotFound: A field would refer to a table that is not there, or has no keys.
            IncorrectState: The table's kind of record is decided otherwise; or fields refer to the table to drop.
            Unavailable: The disk refused; nothing was changed.
        """
        ...

    def write(self, write: Write, done: Done) -> None:
        """Queue a batch, or edits. `done` hears of it once it is on disk and visible, or refused whole.

        Writes are made in the order in which they were queued. Records that an edit selects are
        those of the table at its place in that order. Edits of which one must see another (a
        selection after a write) are made under the table's lock and hold it until the disk has
        them; of all others a reader is kept waiting for the change itself only.

        Errors told to `done`: ResourceNotFound (table or field dropped meanwhile), BadRequest (an edit
        that the field's type does not take), RequestTimeout (the edits' budget), ResourceLimitExceeded
        (memory), Unavailable (the disk refuses, or too much waits for it).
        A refused write leaves nothing behind.
        """
        ...

    def commit(self, write: Write) -> Written:
        """Write, and return what it did once it is on disk and visible.

        Raises:
            What `write` tells `done`.
        """
        ...

    def run(self, table: str, plan: Plan, budget: Budget) -> Result:
        """Run a plan on the table with this uuid, seeing each batch wholly or not at all.

        Raises:
            ResourceNotFound: The table, or a field of the plan, is not there.
            BadRequest: The plan asks something that a field's type does not answer.
            RequestTimeout: The budget is used up.
        """
        ...

    def sequence(self) -> int:
        """The sequence number of the last write or change that is visible; 0 before the first."""
        ...

    def await_sequence(self, sequence: int, timeout_s: float) -> None:
        """Return once all up to this sequence number is visible.

        Raises:
            IncorrectState: The log ends before it: nothing that was acknowledged here had this number.
            RequestTimeout: It is on disk and after `timeout_s` still not visible.
        """
        ...

    def holding(self, is_wanted: Callable[[], bool] = ..., /) -> AbstractContextManager[HeldFiles]:
        """Take snapshots, and keep their files as they are until the block ends; others read and write on.

        Args:
            is_wanted: Asked before each shard. If it says no, fewer snapshots are taken, and the log that is held
                with them is longer.

        Raises:
            OSError: The disk refused; nothing is lost.
            Unavailable: The engine is closed, or has failed.
        """
        ...

    def memory_bytes(self) -> int:
        """How much memory the data takes, as counted against the deployment's shape."""
        ...

    def table_bytes(self) -> Mapping[str, int]:
        """What of it each table takes, by uuid; cached bitmaps belong to none."""
        ...

    def limit_memory(self, limit_bytes: int) -> None:
        """Refuse writes that would take the data beyond this; what is there stays, however much it is."""
        ...

    def close(self) -> None:
        """Finish queued writes and release files and threads. Calling it again does nothing."""
        ...
