"""Steps made one after the other before they are logged, and undone together if they are not."""

from functools import partial

from roarbase.engine.buffers.arrays import Mask
from roarbase.engine.buffers.picks import Patch
from roarbase.engine.storage.entries import SingleEntry
from roarbase.engine.tables.applying import Tables, prepare, settle_names
from roarbase.engine.tables.assigning import take_back
from roarbase.engine.tables.table import Table
from roarbase.engine.tables.undoing import remember
from roarbase.model.results import Result

__all__ = ["Transaction"]


class Transaction:
    """What a write of several steps has done to a table so far. All locks that it needs are held alone.

    Args:
        tables: The table and those that it refers to, by uuid.

    Attributes:
        entries: The steps made.
        changed: How many records each of them changed.
        answers: What was answered in between.
        which: Of each batch that was to tell, which of its records it changed.
    """

    def __init__(self, table: Table, tables: Tables) -> None:
        self.entries: list[SingleEntry] = []
        self.changed: list[int] = []
        self.answers: list[Result] = []
        self.which: list[tuple[bool, ...]] = []
        self._table = table
        self._tables = tables
        self._undo: list[Patch] = []

    def make(self, entry: SingleEntry, *, tells: bool = False) -> None:
        """Make one more step, just assigned; with `tells`, note which records of the batch it changes."""
        tell = self._note_which if tells else None
        self._undo.append(partial(take_back, self._table, entry, self._tables))
        self._undo += reversed(remember(self._table, entry))
        self.entries.append(entry)
        self.changed.append(prepare(self._table, entry, tell=tell).make())
        self._table.lock.note_change()

    def _note_which(self, are_changed: Mask) -> None:
        self.which.append(tuple(are_changed.tolist()))

    def note_answer(self, answer: Result) -> None:
        """A question was answered, as one more step."""
        self.answers.append(answer)
        self.changed.append(0)

    def settle(self) -> None:
        """All of it is in the log."""
        for entry in self.entries:
            settle_names(self._tables, self._table, entry)

    def undo(self) -> None:
        """Have everything as it was before the first step, names included."""
        for undo in reversed(self._undo):
            undo()
        self._table.lock.note_change()
