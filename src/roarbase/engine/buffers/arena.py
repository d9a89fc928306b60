"""Memory for large buffers, in pages of 2 MB.

A processor keeps the places of some thousand pages at hand. In the system's usual pages of 4 KB that is a few MB,
and what a query reads beyond costs a look into the page tables for each page, which is twice as much where the
system is a guest on another. Most buffers of a shard are smaller than 2 MB, so several share a page.

    region (64 MB of addresses) ─► pages (2 MB) ─► pieces (128, 256, 512 KB or 1 MB), or several pages for one piece

A piece comes back when nothing refers to it any more. Pages that nobody uses are given back to the system.
"""

import mmap
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEAST_BYTES", "MOST_BYTES", "PAGE_BYTES", "Arena"]

PAGE_BYTES = 2 << 20
LEAST_BYTES = 128 << 10
"""Smaller buffers are better off with the system's allocator: a page for them would make small tables large."""

_REGION_PAGES = 32
MOST_BYTES = 8 * PAGE_BYTES
"""Larger ones need no help: numpy asks for large pages itself."""


class _Region:
    """Some addresses, begun at a multiple of a page, and which of their pages are in use."""

    def __init__(self) -> None:
        self._map = mmap.mmap(-1, (_REGION_PAGES + 1) * PAGE_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        address = np.frombuffer(self._map, np.uint8).ctypes.data
        self._first = -address % PAGE_BYTES
        self.address = address + self._first
        self.used = 0
        if hasattr(mmap, "MADV_HUGEPAGE"):
            self._map.madvise(mmap.MADV_HUGEPAGE, self._first, _REGION_PAGES * PAGE_BYTES)

    def take_or_none(self, pages: int) -> int | None:
        """The first of so many pages beside one another, in use from now on; None if there are none."""
        wanted = (1 << pages) - 1
        for page in range(_REGION_PAGES - pages + 1):
            if not self.used & wanted << page:
                self.used |= wanted << page
                return page
        return None

    def give_back(self, page: int, pages: int) -> None:
        """Let go of pages, and of the memory behind them: they hold zeros when they are taken again."""
        self._map.madvise(mmap.MADV_DONTNEED, self._first + page * PAGE_BYTES, pages * PAGE_BYTES)
        self.used &= ~(((1 << pages) - 1) << page)


@dataclass(slots=True, eq=False)
class _Pages:
    """One page in pieces, or several for one piece.

    Attributes:
        size: Bytes in a piece.
        free: The pieces that are free, a bit each.
        dirty: The pieces that were in use before.
    """

    region: _Region
    first: int
    count: int
    size: int
    free: int
    dirty: int = 0

    @property
    def all(self) -> int:
        """A bit for each piece."""
        return (1 << self.count * PAGE_BYTES // self.size) - 1


class _Piece:
    """A piece in use, as numpy holds on to it while an array looks at it."""

    __slots__ = ("__array_interface__", "__weakref__", "_arena", "_number", "_pages")

    def __init__(self, arena: "Arena", pages: _Pages, number: int) -> None:
        self._arena, self._pages, self._number = arena, pages, number
        address = pages.region.address + pages.first * PAGE_BYTES + number * pages.size
        self.__array_interface__ = {"shape": (pages.size,), "typestr": "|u1", "data": (address, False), "version": 3}

    def __del__(self, is_finalizing: Callable[[], bool] = sys.is_finalizing) -> None:
        if not is_finalizing():  # when Python ends, modules are empty by now
            self._arena.take_back(self._pages, self._number)


class Arena:
    """Regions, and what is free in them. Any thread may call."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._regions: list[_Region] = []
        self._open: dict[int, list[_Pages]] = {}
        """By size of piece, the pages that have a free one."""
        self._returned: deque[tuple[_Pages, int]] = deque()

    @property
    def used_bytes(self) -> int:
        """The pages that are in use."""
        with self._lock:
            self._settle()
            return sum(region.used.bit_count() for region in self._regions) * PAGE_BYTES

    def zeros(self, size: int) -> NDArray[np.uint8]:
        """So many bytes, LEAST_BYTES to MOST_BYTES, all zero, begun at a multiple of 4,096."""
        with self._lock:
            self._settle()
            pages, number = self._take(size)
            is_dirty = pages.dirty >> number & 1
            pages.dirty |= 1 << number
        array: NDArray[Any] = np.asarray(_Piece(self, pages, number))[:size]
        if is_dirty:
            array[:] = 0
        return array

    def take_back(self, pages: _Pages, number: int) -> None:
        """Have a piece that nothing refers to any more. May be called anywhere, in the midst of `zeros` too."""
        self._returned.append((pages, number))
        while self._returned and self._lock.acquire(blocking=False):
            # Whoever holds the lock settles this himself, or the next one does.
            try:
                self._settle()
            finally:
                self._lock.release()

    def _take(self, size: int) -> tuple[_Pages, int]:
        """Pages with a piece of that size, and its number there."""
        count = -(-size // PAGE_BYTES) if size > PAGE_BYTES // 2 else 1
        size = count * PAGE_BYTES if size > PAGE_BYTES // 2 else 1 << (size - 1).bit_length()
        free = self._open.setdefault(size, [])
        if not free:
            region, first = self._find_pages(count)
            free.append(_Pages(region, first, count, size, free=(1 << count * PAGE_BYTES // size) - 1))
        pages = free[-1]
        number = (pages.free & -pages.free).bit_length() - 1
        pages.free &= pages.free - 1
        if not pages.free:
            free.pop()
        return pages, number

    def _find_pages(self, count: int) -> tuple[_Region, int]:
        for region in self._regions:
            first = region.take_or_none(count)
            if first is not None:
                return region, first
        self._regions.append(_Region())
        first = self._regions[-1].take_or_none(count)
        assert first is not None
        return self._regions[-1], first

    def _settle(self) -> None:
        """Sort in what came back."""
        while self._returned:
            pages, number = self._returned.popleft()
            free = self._open[pages.size]
            if not pages.free:
                free.append(pages)
            pages.free |= 1 << number
            if pages.free == pages.all:
                free.remove(pages)
                pages.region.give_back(pages.first, pages.count)
                if not pages.region.used and len(self._regions) > 1:
                    self._regions.remove(pages.region)
