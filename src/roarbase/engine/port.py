"""The engine port: what the rest of Roarbase knows of a deployment's data.

One machine answers it now; a cluster answers the same six methods later.
"""

from collections.abc import Callable
from typing import Protocol

from roarbase.engine.plan import Plan
from roarbase.errors import RoarbaseError
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget
from roarbase.model.changes import SchemaChange
from roarbase.model.results import Result
from roarbase.model.schema import Schema

__all__ = ["Done", "Engine"]

Done = Callable[[int | RoarbaseError], None]
"""Called once per write: with its sequence number when it is on disk and visible, else with the error."""


class Engine(Protocol):
    """A deployment's tables and records. Methods may be called from any thread."""

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

    def write(self, batch: Batch, done: Done) -> None:
        """Queue a batch. `done` hears of it once it is on disk and visible, or refused whole.

        Errors told to `done`: ResourceNotFound (table or field dropped meanwhile),
        ResourceLimitExceeded (memory), Unavailable (the disk refuses, or too much waits for it).
        A refused batch leaves nothing behind.
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

    def memory_bytes(self) -> int:
        """How much memory the data takes, as counted against the deployment's shape."""
        ...

    def close(self) -> None:
        """Finish queued writes and release files and threads. Calling it again does nothing."""
        ...
