"""What snapshots keep of a field and is not in its column yet.

A start reads the files and compares their checksums; to unpack what is in them takes much longer, and is left to
whoever comes to a column first, or to a thread that does it ahead (`snapshots/unpacking.py`). Unpacking is safe
beside anything. Taking over what was unpacked changes the column:

* While the log is replayed, nobody reads. A column has those shards alone that entries write to, taken over by
  `load` before, and is right as far as these go: what an entry does in one shard follows from that shard alone.
* From `open` on, nobody comes to a column but through `settle`, so nobody ever sees one that lacks a shard.
"""

from collections.abc import Callable
from threading import Lock

from roarbase.engine.buffers.pieces import Pieces

__all__ = ["Part", "Unloaded"]


class Part:
    """What is kept of one shard, unpacked once, by whoever comes first.

    Args:
        size_bytes: About how much memory it will take in the column.
        unpack: Gives the pieces; what it refers to is let go of afterwards.
    """

    def __init__(self, size_bytes: int, unpack: Callable[[], Pieces]) -> None:
        self.size_bytes = size_bytes
        self._unpack: Callable[[], Pieces] | None = unpack
        self._pieces: Pieces | None = None
        self._lock = Lock()

    def prepare(self) -> None:
        """Unpack it, if nobody has.

        Raises:
            LogDamaged: It is not what was written.
        """
        with self._lock:
            if self._unpack is not None:
                self._pieces = self._unpack()
                self._unpack = None

    def pieces(self) -> Pieces:
        """What is in it. Raises as `prepare`; asked again, the same."""
        self.prepare()
        assert self._pieces is not None
        return self._pieces

    def let_go(self) -> None:
        """The column has it: keep nothing of it, whoever still refers to this."""
        self._pieces = {}


def _nothing() -> None:
    pass


class Unloaded:
    """The shards of one field that are not in its column yet.

    Args:
        settled: Called once the column has all of them.

    Attributes:
        is_due: The column is to be come to through `settle`.
        lock: Held while the column takes over what is here.
    """

    def __init__(self, settled: Callable[[], None] = _nothing) -> None:
        self.is_due = False
        self.lock = Lock()
        self._parts: dict[int, tuple[Part, Callable[[Pieces], None]]] = {}
        self._settled = settled

    def __len__(self) -> int:
        """How many shards there are."""
        return len(self._parts)

    @property
    def nbytes(self) -> int:
        """About how much memory they will take in the column; packed, and in the making, they take less."""
        return sum(part.size_bytes for part, _ in [*self._parts.values()])

    def put(self, shard: int, part: Part, load: Callable[[Pieces], None]) -> None:
        """Have one more. `load` lets the column take it over, in which there is nothing of that shard yet."""
        self._parts[shard] = part, load

    def load(self, shard: int) -> None:
        """Let the column have a shard; nothing happens if it is not here.

        Raises:
            LogDamaged: It is not what was written; it stays here.
        """
        with self.lock:
            self._load(shard)

    def open(self) -> None:
        """The log is replayed: from now on the column is asked for through `settle` alone."""
        self.is_due = bool(self._parts)

    def settle(self) -> None:
        """Let the column have all that is here.

        Raises:
            LogDamaged: A shard is not what was written; it stays here, and the next one who comes is told again.
        """
        with self.lock:
            for shard in [*self._parts]:
                self._load(shard)
            if self.is_due:
                self._settled()
            self.is_due = False

    def _load(self, shard: int) -> None:
        if shard in self._parts:
            part, load = self._parts[shard]
            load(part.pieces())
            del self._parts[shard]
            part.let_go()
