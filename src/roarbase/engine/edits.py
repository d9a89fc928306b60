"""Edits: what a write can do to records that are there, beside bringing a batch of values or asking in between.

Like plans they are frozen and name records by bitmap nodes, and rows as callers know them. The
writer works out which records a node selects, in the order of the log: those of the table at
that moment, neither earlier nor later.
"""

from dataclasses import dataclass

from roarbase.engine.plan import All, Bitmap, Nothing, Plan, RecordSet, RowName
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget

__all__ = [
    "Ask",
    "ClearRow",
    "DeleteRecords",
    "Edit",
    "Edits",
    "Step",
    "StoreRow",
    "TellingBatch",
    "Write",
    "is_read",
    "steps_of",
]

_ALL = All()
_NO_LIMIT = Budget()


@dataclass(frozen=True, slots=True)
class DeleteRecords:
    """The records are no more, with all their values. Written again, they begin empty."""

    records: Bitmap


@dataclass(frozen=True, slots=True)
class ClearRow:
    """None of the records holds the row any more, in any view. They stay, even without a value."""

    field: str
    row: RowName
    records: Bitmap = _ALL


@dataclass(frozen=True, slots=True)
class StoreRow:
    """Exactly these records hold the row; it may be new. In a mutex or bool field it replaces theirs."""

    field: str
    row: RowName
    records: Bitmap


@dataclass(frozen=True, slots=True)
class Ask:
    """A question in between: it is answered as the steps before it leave the tables, and changes nothing.

    `table` is the uuid of the table asked, which may be another one than is written to.
    """

    table: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class TellingBatch:
    """A batch in which no record occurs twice, and the write tells which of them it changed."""

    batch: Batch


Edit = DeleteRecords | ClearRow | StoreRow
Step = Batch | TellingBatch | Edit | Ask


@dataclass(frozen=True, kw_only=True, slots=True)
class Edits:
    """Steps on one table as one write: each sees those before it; all are made, or none.

    A deletion is a write of its own: nothing could bring back millions of records if a later step failed.

    Attributes:
        table: The table's uuid; that of every batch among the steps.
        budget: What finding the records may take.
    """

    table: str
    steps: tuple[Step, ...]
    budget: Budget = _NO_LIMIT

    def __post_init__(self) -> None:
        if len(self.steps) > 1 and any(isinstance(step, DeleteRecords) for step in self.steps):
            raise ValueError("a deletion is a write of its own")


Write = Batch | Edits


def steps_of(write: Write) -> tuple[Step, ...]:
    """The steps of a write; a batch is one."""
    return (write,) if isinstance(write, Batch) else write.steps


def is_read(edit: Edit | Ask) -> bool:
    """Whether the table must be read to say which records an edit is about: names alone do not tell."""
    if isinstance(edit, Ask):
        return True
    known = Nothing | RecordSet if isinstance(edit, StoreRow) else All | Nothing | RecordSet
    return not isinstance(edit.records, known)
