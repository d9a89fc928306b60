"""All cached bitmaps of an engine under one budget.

A bitmap is made when it is asked for a second time, while the first is still remembered. When
the budget is used up, the bitmap that was not used for longest is dropped.
"""

from collections import OrderedDict
from threading import Lock

from roarbase.engine.buffers.buffers import Buffers
from roarbase.engine.cache.bitmaps import FieldBitmaps
from roarbase.engine.cache.keys import Key

__all__ = ["BitmapStore"]

_REMEMBERED = 4096

_Place = tuple[FieldBitmaps, Key]


class BitmapStore:
    """The order in which bitmaps were used, and how much they take. Any thread may call.

    Args:
        limit_bytes: The budget; 0 keeps nothing.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._lock = Lock()
        self._used: OrderedDict[_Place, Buffers] = OrderedDict()
        self._asked: OrderedDict[_Place, None] = OrderedDict()
        self._nbytes = 0

    @property
    def nbytes(self) -> int:
        """The size of all bitmaps, as of the last time it was counted."""
        return self._nbytes

    def find(self, bitmaps: FieldBitmaps, key: Key) -> Buffers | None:
        """The bitmap, if it is there. It stays correct while the caller holds the table's lock."""
        with self._lock:
            buffers = bitmaps.entries.get(key)
            if buffers is not None:
                self._used.move_to_end((bitmaps, key))
            return buffers

    def is_wanted(self, bitmaps: FieldBitmaps, key: Key) -> bool:
        """Whether the bitmap was asked for before; remembers that it is now."""
        if not self._limit_bytes:
            return False
        with self._lock:
            place = (bitmaps, key)
            was_asked = place in self._asked
            self._asked[place] = None
            self._asked.move_to_end(place)
            if len(self._asked) > _REMEMBERED:
                self._asked.popitem(last=False)
            return was_asked

    def add(self, bitmaps: FieldBitmaps, key: Key, buffers: Buffers) -> None:
        """Keep a bitmap, and drop others if the budget asks for it."""
        with self._lock:
            bitmaps.entries[key] = buffers
            self._used[bitmaps, key] = buffers
            self._used.move_to_end((bitmaps, key))
            self._count()

    def forget(self, bitmaps: FieldBitmaps) -> None:
        """Drop all bitmaps of a field that is no more."""
        with self._lock:
            for place in [place for place in self._used if place[0] is bitmaps]:
                self._used.pop(place)
            for place in [place for place in self._asked if place[0] is bitmaps]:
                self._asked.pop(place)
            bitmaps.entries.clear()
            self._count()

    def recount(self) -> None:
        """Count sizes anew, after writes that may have lengthened bitmaps; drop what is too much."""
        with self._lock:
            self._count()

    def _count(self) -> None:
        self._nbytes = sum(buffers.nbytes for buffers in self._used.values())
        while self._nbytes > self._limit_bytes:
            (bitmaps, key), buffers = self._used.popitem(last=False)
            del bitmaps.entries[key]
            self._nbytes -= buffers.nbytes
