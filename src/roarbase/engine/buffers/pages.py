"""Arrays in pages: they grow without moving, have gaps that take no memory, and are read by kernels."""

from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.layout import aligned, shard_slices
from roarbase.engine.kernels.maps.port import Pages

__all__ = ["PAGE_BITS", "PagedArray", "put_values", "take_values", "with_page"]

PAGE_BITS = 20
_Kind = TypeVar("_Kind", bound=np.generic)


class PagedArray(Generic[_Kind]):
    """One value per place, zero until it is set. A page begins short and doubles up to its full length.

    Attributes:
        pages: What kernels read; replaced whenever a page is, never changed, so that a reader
            without a lock keeps what he has begun with.
        nbytes: The size of the pages.
    """

    def __init__(self, dtype: DTypeLike, *, bits: int = PAGE_BITS, first_length: int = 16) -> None:
        self._dtype: np.dtype[Any] = np.dtype(dtype)
        self._first_length = first_length
        self.pages = Pages((), np.zeros(0, np.int64), bits)
        self.nbytes = 0

    def reserve(self, places: Int64s) -> None:
        """Have room for these places."""
        for page, here in shard_slices(places, self.pages.bits):
            self.lengthen(page, int(places[here].max()) - (page << self.pages.bits) + 1)

    def reserve_up_to(self, stop: int) -> None:
        """Have room for every place below `stop`."""
        bits = self.pages.bits
        for page in range(max(0, len(self.pages.buffers) - 1), -(-stop >> bits)):
            self.lengthen(page, min(stop - (page << bits), 1 << bits))

    def take(self, places: Int64s) -> NDArray[_Kind]:
        """The values at these places, in their order; zero where nothing was ever set."""
        return take_values(self.pages, places, self._dtype)

    def take_known(self, places: Int64s) -> NDArray[_Kind]:
        """The values at places all of which were set."""
        only = self.pages.buffers[0] if len(self.pages.buffers) == 1 else None
        return self.take(places) if only is None else only[places]

    def put(self, places: Int64s, values: NDArray[_Kind]) -> None:
        """Set values at places that there is room for."""
        put_values(self.pages, places, values)

    def load(self, page: int, values: NDArray[_Kind]) -> None:
        """Have these values in a page that is not there; a copy, as long as a page grows."""
        self.lengthen(page, len(values))
        buffer = self.pages.buffers[page]
        assert buffer is not None
        buffer[: len(values)] = values

    def lengthen(self, page: int, length: int) -> None:
        """Have room for so many values in a page."""
        old = self.pages.buffers[page] if page < len(self.pages.buffers) else None
        there = 0 if old is None else len(old)
        if there >= length:
            return
        new_length = max(there, self._first_length)
        while new_length < length:
            new_length *= 2
        new = aligned(min(new_length, 1 << self.pages.bits), self._dtype)
        if old is not None:
            new[:there] = old
        self.nbytes += new.nbytes - (0 if old is None else old.nbytes)
        self.pages = with_page(self.pages, page, new)


def with_page(pages: Pages, number: int, page: NDArray[Any] | None) -> Pages:
    """The pages with one of them replaced."""
    more = number + 1 - len(pages.buffers)
    buffers = [*pages.buffers, *[None] * more]
    buffers[number] = page
    addresses = np.pad(pages.addresses, (0, max(more, 0)))
    addresses[number] = 0 if page is None else page.ctypes.data
    return Pages(tuple(buffers), addresses, pages.bits)


def take_values(pages: Pages, places: Int64s, dtype: DTypeLike) -> NDArray[Any]:
    """The values at these places; zero where there is none."""
    only = pages.buffers[0] if len(pages.buffers) == 1 else None
    if only is not None and (not len(places) or int(places.max()) < len(only)):
        return only[places]
    out = np.zeros(len(places), dtype)
    if not pages.buffers:
        return out
    for number, here in shard_slices(places, pages.bits):
        page = pages.buffers[number] if number < len(pages.buffers) else None
        if page is not None:
            inside = places[here] & ((1 << pages.bits) - 1)
            is_there = inside < len(page)
            out[here[is_there]] = page[inside[is_there]]
    return out


def put_values(pages: Pages, places: Int64s, values: NDArray[Any]) -> None:
    """Set values at places that are there; of a place that occurs twice, the last stays."""
    for number, here in shard_slices(places, pages.bits):
        page = pages.buffers[number]
        assert page is not None
        page[places[here] & ((1 << pages.bits) - 1)] = values[here]
