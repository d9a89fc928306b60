"""The names of a table's records, be they ids or keys: what is taken, given back, deleted, released."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from roarbase.engine.buffers.arrays import Int64s, UInt64s
from roarbase.engine.buffers.pieces import Image, Pieces
from roarbase.engine.names.positions import Positions, Step
from roarbase.errors import InternalError

__all__ = ["FreedNames", "RecordNames", "TakenNames", "Undo"]


@dataclass(frozen=True, slots=True)
class TakenNames:
    """What `add` did.

    Attributes:
        positions: Where each record of the batch stands.
        new_positions: Where the new ones stand, in order of first occurrence.
        new_names: What they are called.
    """

    positions: Int64s
    new_positions: Int64s
    new_names: UInt64s | list[str]


@dataclass(frozen=True, slots=True)
class FreedNames:
    """What `free` forgot, for `restore`: where the records stood, and what they were called."""

    positions: Int64s
    names: UInt64s | list[str]


@dataclass(slots=True)
class Undo:
    """What one `add` did and may have to give back.

    Attributes:
        first: How many names had been entered before.
        next: Where the stretch of positions would have gone on.
        mapped: Positions whose names are in the map.
        order: What was known of the order before.
    """

    first: int
    next: int | None
    order: Any
    steps: list[Step] = field(default_factory=list)
    mapped: list[Int64s] = field(default_factory=list)


class RecordNames(ABC):
    """Names and positions, both ways. One writer changes them, alone; readers share the table's lock.

    A position is a record's from the moment its name is taken until the name is freed. After that it is held
    back: only the same id may take it again (where ids are their own positions), until `release` says
    that a snapshot covers the deletion. Then it may go to any other record.

    Attributes:
        entered: How many names were ever entered; what was taken back does not count.
    """

    def __init__(self, positions: Positions) -> None:
        self.entered = 0
        self._positions = positions
        self._pending: deque[Undo] = deque()

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._positions)

    @property
    @abstractmethod
    def nbytes(self) -> int:
        """The size of the buffers."""

    @property
    @abstractmethod
    def is_in_order(self) -> bool:
        """Whether the order of positions is the order of records."""

    @abstractmethod
    def order(self, positions: Int64s) -> Int64s | UInt64s:
        """A sort key for the order of records; the positions themselves where `is_in_order`."""

    @abstractmethod
    def gather(self, positions: Int64s) -> Callable[[], list[int] | list[str]]:
        """The names at these positions, read now; the call, which makes them objects, needs no lock."""

    # ---- snapshots -----------------------------------------------------------------------

    @abstractmethod
    def image(self, shard: int) -> Image:
        """What a snapshot keeps of the names in a shard, nothing being assigned that is not applied."""

    @abstractmethod
    def load(self, shard: int, pieces: Pieces) -> None:
        """Have the names in a shard that its image told of."""

    @abstractmethod
    def enter_some_loaded(self) -> bool:
        """Enter some of what was loaded, beside anybody who asks; whether there is more."""

    def enter_loaded(self) -> None:
        """Enter what was loaded, so that nobody who asks for a name waits for it."""
        while self.enter_some_loaded():
            pass

    @property
    def next_position(self) -> int | None:
        """Where the stretch of positions goes on."""
        return self._positions.next

    def settle_loaded(self, entered: int, next_position: int | None) -> None:
        """Know of all names together what the snapshot does, once all shards are as they were then."""
        self.entered = entered
        self._positions.next = next_position

    # ---- names that are assigned and not applied yet ---------------------------------------

    def settle(self, entered: int) -> None:
        """Those of the first `entered` names that were assigned are applied: they are not given back any more."""
        while self._pending and self._pending[0].first < entered:
            self._pending.popleft()

    def take_back(self, entered: int) -> None:
        """Give back all names but the first `entered`; none of the others is settled."""
        while self._pending and self._pending[-1].first >= entered:
            self._undo(self._pending.pop())

    def _begin(self) -> Undo:
        return Undo(self.entered, self._positions.next, self._order_state())

    def _undo(self, undo: Undo) -> None:
        for positions in reversed(undo.mapped):
            self._unmap(positions)
        for step in reversed(undo.steps):
            self._positions.take_back(step)
        self._positions.next = undo.next
        self._restore_order(undo.order)
        self.entered = undo.first

    @abstractmethod
    def _unmap(self, positions: Int64s) -> None:
        """Take names out of the map that were entered last, as if they had never been there."""

    @abstractmethod
    def _order_state(self) -> Any:
        """What is known of the order now."""

    @abstractmethod
    def _restore_order(self, state: Any) -> None:
        """Know what was known then."""

    # ---- records that are deleted ----------------------------------------------------------

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
        if self._pending:
            raise InternalError("records were to be deleted while others are assigned and not applied")
        freed = FreedNames(positions, self._names_at(positions))
        self._forget(positions)
        self._positions.free(positions, sequence)
        return freed

    def restore(self, freed: FreedNames) -> None:
        """Undo a `free`, nothing having been assigned since; of several, the last one first."""
        self._positions.restore(freed.positions)
        self._remember(freed)

    def release(self, up_to_sequence: int) -> None:
        """Give the positions that deletions up to this number freed to whoever needs one next.

        To be called when snapshots cover everything up to there, and not before.
        """
        self._released(self._positions.release(up_to_sequence))

    @abstractmethod
    def _names_at(self, positions: Int64s) -> UInt64s | list[str]: ...

    @abstractmethod
    def _forget(self, positions: Int64s) -> None:
        """Find the names at these positions no more."""

    @abstractmethod
    def _remember(self, freed: FreedNames) -> None:
        """Undo a `_forget`."""

    @abstractmethod
    def _released(self, positions: Int64s) -> None:
        """Forget what is still known of names that stood at these positions."""
