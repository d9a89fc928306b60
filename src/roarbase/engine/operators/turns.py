"""Turns: how a run that finds out that it takes long gives others the table.

Making a cached bitmap takes a kernel call over all records, and a question may want many: the rows of a field that is
counted by, for one. Bitmaps are kept correct by writes, so that nothing of that work is lost where a write comes in
between, and the run begins again with what it has made. What cannot be cut into pieces is asked of a copy.
"""

import time
from collections.abc import Iterable

from roarbase.engine.cache.bitmaps import FieldBitmaps
from roarbase.engine.cache.keys import JoinKey, Key
from roarbase.engine.cache.store import BitmapStore
from roarbase.engine.locks import FairLock

__all__ = ["CopyWanted", "TurnOver", "Turns"]

_TURN_S = 0.01
_MOST_TURNS = 64
"""Where the bitmaps of one question do not all fit into the cache, a turn may make again what another one dropped."""


class TurnOver(Exception):
    """Others wait for the tables: whoever holds their locks gives them back, and begins the same run again."""


class CopyWanted(Exception):
    """What is left of the run takes longer than writes should wait: it is to be asked of a copy."""


class Turns:
    """The turns of one run.

    Args:
        most: How many there may be. The last one goes on however long it takes. With none, nothing is ever raised.
    """

    def __init__(self, most: int = _MOST_TURNS) -> None:
        self._left = most
        self._may_copy = most > 0
        self._began_s = 0.0
        self._are_wanted: dict[tuple[FieldBitmaps, Key], bool] = {}

    def begin(self) -> None:
        """The locks are held from now on."""
        self._left -= 1
        self._began_s = time.monotonic()

    def end_all(self) -> None:
        """The run is through with its turns: what is left to do must not begin again."""
        self._left = 0
        self._may_copy = False

    def want_copy(self) -> None:
        """Raise CopyWanted, unless that was told before to be of no use."""
        if self._may_copy:
            raise CopyWanted

    def go_without_copy(self) -> None:
        """There is to be no copy, however long the run takes."""
        self._may_copy = False

    def is_wanted(self, store: BitmapStore, bitmaps: FieldBitmaps, key: Key) -> bool:
        """Whether a bitmap was asked for before this run, in whichever turn that is found out."""
        place = (bitmaps, key)
        if place not in self._are_wanted:
            self._are_wanted[place] = store.is_wanted(bitmaps, key)
        return self._are_wanted[place]

    def end_if_due(self, made: Key, locks: Iterable[FairLock]) -> None:
        """Raise TurnOver once the turn has been long enough and somebody waits.

        Args:
            made: What the cached bitmap is of that was made right now. A write does not follow what it does to a
                join: the next turn would have to make that again.
        """
        if self._left <= 0 or isinstance(made, JoinKey) or time.monotonic() - self._began_s < _TURN_S:
            return
        if any(lock.is_waited_for for lock in locks):
            raise TurnOver
