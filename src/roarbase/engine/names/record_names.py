"""What a table asks of the names of its records, be they ids or keys."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from roarbase.engine.buffers.arrays import Int64s, UInt64s

__all__ = ["FreedNames", "RecordNames"]


@dataclass(frozen=True, slots=True)
class FreedNames:
    """What `RecordNames.free` forgot, for `restore`: where the records stood, and what they were called."""

    positions: Int64s
    names: UInt64s | list[str]


class RecordNames(Protocol):
    """Names and positions, both ways. One writer changes them, alone; readers share the table's lock.

    A position is a record's from the moment its name is taken until the name is freed. After that it is held
    back: only the same id may take it again (where ids are their own positions), until `release` says
    that a snapshot covers the deletion. Then it may go to any other record.
    """

    def free(self, positions: Int64s, sequence: int) -> FreedNames:
        """Forget the names of records that are deleted. Nothing assigned may be waiting to be applied.

        The names are not found any more, and take up no memory. Written again, an id that is its own position
        takes that one again; any other id, and every key, gets a new position.

        Args:
            positions: Of living records, all different.
            sequence: The deletion's number in the log.

        Returns:
            What `restore` needs if the deletion does not come about.
        """
        ...

    def restore(self, freed: FreedNames) -> None:
        """Undo a `free`, nothing having been assigned since; of several, the last one first."""
        ...

    def release(self, up_to_sequence: int) -> None:
        """Give the positions that deletions up to this number freed to whoever needs one next.

        To be called when snapshots cover everything up to there, and not before.
        """
        ...

    def gather(self, positions: Int64s) -> Callable[[], list[int] | list[str]]:
        """The names at these positions, read now; the call, which makes them objects, needs no lock."""
        ...
