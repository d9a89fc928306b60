"""Ids and the numbers they were entered under, both ways."""

from collections.abc import Iterable
from threading import Lock

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s
from roarbase.engine.buffers.pages import PAGE_BITS, PagedArray
from roarbase.engine.buffers.pieces import Piece, copy_of
from roarbase.engine.kernels.maps.port import HasMaps, Pages
from roarbase.engine.names.hash_slots import HashSlots
from roarbase.engine.names.hashing import hash_words
from roarbase.engine.names.id_words import to_ids, to_words
from roarbase.engine.names.late import LateNames

__all__ = ["IdMap"]

_ENTERED_BYTES = 14
"""What an id takes to be found, beside itself."""


class IdMap:
    """Ids up to 2^64-2 under numbers up to 2^32-2, chosen by the owner; 18 to 37 bytes each.

    An id is found as long as it is entered. By number it can be read until that is given to another, or cleared.
    Finding is safe without any lock of the owner: the map has its own, since machine code goes by addresses.
    """

    def __init__(self, kernels: HasMaps, *, bits: int = PAGE_BITS, first_length: int = 16) -> None:
        self._kernels = kernels
        self._stored: PagedArray[np.int64] = PagedArray(np.int64, bits=bits, first_length=first_length)
        self._slots = HashSlots(kernels)
        self._lock = Lock()
        self._late = LateNames(self._enter_loaded)
        self._count = 0

    def __len__(self) -> int:
        return self._count  # without the lock: who enters what was loaded changes nothing about it

    @property
    def nbytes(self) -> int:
        """The size of the buffers, and about that of those to come."""
        return self._stored.nbytes + self._slots.nbytes + _ENTERED_BYTES * len(self._late)

    @property
    def pages(self) -> Pages:
        """By number, the words of the ids; 0 where nothing is stored."""
        return self._stored.pages

    def find(self, ids: UInt64s) -> Int64s:
        """The number of each id, or -1."""
        if not len(self):
            return np.full(len(ids), -1, np.int64)
        maps, words = self._kernels.maps, to_words(ids)
        hashes = hash_words(maps, words)
        with self._lock:
            self._late.enter_all()
            return maps.find_words(self._slots.slots, hashes, words, self._stored.pages)

    def ids_at(self, numbers: Int64s) -> tuple[UInt64s, Mask]:
        """What is stored under these numbers, and whether anything is."""
        words = self._stored.take(numbers)
        return to_ids(words), words != 0

    def known_ids(self, numbers: Int64s) -> UInt64s:
        """The ids under these numbers, all of which are given to one."""
        return to_ids(self._stored.take_known(numbers))

    def reserve(self, stretches: Iterable[tuple[int, int]]) -> None:
        """Have room for so many numbers in each of these pages."""
        with self._lock:
            for page, length in stretches:
                self._stored.lengthen(page, length)

    def has_page(self, page: int) -> bool:
        """Whether anything was ever stored under a number of this page."""
        pages = self._stored.pages.buffers
        return page < len(pages) and pages[page] is not None

    def stored_in(self, page: int) -> tuple[Int64s, UInt64s]:
        """The numbers of one page under which something is stored, ascending, and what that is."""
        pages = self._stored.pages
        stored = pages.buffers[page] if page < len(pages.buffers) else None
        if stored is None:
            return np.zeros(0, np.int64), np.zeros(0, np.uint64)
        inside = np.flatnonzero(stored)
        return inside + (page << pages.bits), to_ids(stored[inside])

    def enter(self, ids: UInt64s, numbers: Int64s) -> None:
        """Enter ids that are not known, all different, under numbers that stand for no other id."""
        words = to_words(ids)
        hashes = hash_words(self._kernels.maps, words)
        with self._lock:
            self._stored.reserve(numbers)
            self._slots.insert(hashes, numbers)
            self._stored.put(numbers, words)
            self._count += len(numbers)

    def image(self, page: int) -> list[Piece]:
        """What is stored in a page, as a copy."""
        pages = self._stored.pages.buffers
        stored = pages[page] if page < len(pages) else None
        return [] if stored is None else [Piece("ids", copy_of(stored))]

    def load(self, page: int, words: Int64s, numbers: Int64s) -> None:
        """Store in a page what `image` told of; the ids of these numbers are entered when somebody asks for any."""
        with self._lock:
            self._stored.load(page, words)
            self._late.put(words[numbers - (page << self.pages.bits)], numbers)
            self._count += len(numbers)

    def enter_some_loaded(self) -> bool:
        """Enter some of what was loaded, beside anybody who asks; whether there is more."""
        with self._lock:
            return self._late.enter_some()

    def _enter_loaded(self, words: Int64s, numbers: Int64s) -> None:
        self._slots.insert(hash_words(self._kernels.maps, words), numbers)

    def remove(self, numbers: Int64s) -> None:
        """Find the ids of these numbers no more."""
        hashes = hash_words(self._kernels.maps, self._stored.take(numbers))
        with self._lock:
            self._late.enter_all()
            self._slots.remove(hashes, numbers)
            self._count -= len(numbers)

    def find_again(self, numbers: Int64s) -> None:
        """Undo a `remove`."""
        hashes = hash_words(self._kernels.maps, self._stored.take(numbers))
        with self._lock:
            self._slots.insert(hashes, numbers)
            self._count += len(numbers)

    def clear(self, numbers: Int64s) -> None:
        """Forget what is stored under numbers whose ids are removed, or that stand for none."""
        if self._stored.nbytes:
            cleared = numbers[self._stored.take(numbers) != 0]
            self._stored.put(cleared, np.zeros(len(cleared), np.int64))
