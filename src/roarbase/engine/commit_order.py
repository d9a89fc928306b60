"""Which steps may wait for the disk together.

The steps of a commit group are all assigned before the first of them is applied. That is right as
long as none of them needs to see what an earlier one does:

* a step that reads values to find its records must see every step before it;
* a question is answered under the locks of the table, with the steps around it; so is which records a batch changed;
* a batch gives new records positions and new keys numbers: after a deletion, it must see which names are gone.

Everything else names its records and rows, and says the same before and after.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from roarbase.engine.edits import Ask, DeleteRecords, Step, TellingBatch, is_read
from roarbase.model.batch import Batch

__all__ = ["Waiting", "waiting_after"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the steps do that are assigned and not yet applied."""

    is_any: bool = False
    is_deletion: bool = False


def waiting_after(waiting: Waiting, steps: Iterable[Step]) -> Waiting | None:
    """What waits when these steps are assigned too; None if one of them must see another applied first.

    >>> from roarbase.engine.plan import All
    >>> waiting_after(Waiting(), [DeleteRecords(All())])
    Waiting(is_any=True, is_deletion=True)
    """
    for step in steps:
        if isinstance(step, (Ask, TellingBatch)):
            return None
        if waiting.is_deletion if isinstance(step, Batch) else waiting.is_any and is_read(step):
            return None
        waiting = Waiting(is_any=True, is_deletion=waiting.is_deletion or isinstance(step, DeleteRecords))
    return waiting
