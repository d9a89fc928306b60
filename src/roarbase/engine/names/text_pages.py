"""The texts of keys: one behind the other in pages, each of which is tidied up when half of it is dead."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s
from roarbase.engine.buffers.pages import PAGE_BITS, with_page
from roarbase.engine.kernels.maps.port import LENGTH_BITS, MAXIMUM_LENGTH, Pages, Texts
from roarbase.engine.names.growing import Growing

__all__ = ["TextPages"]

_PAGE_BYTES = 1 << PAGE_BITS
_FIRST_BYTES = 256
_PAGE_SHIFT = np.uint64(LENGTH_BITS + PAGE_BITS)
_LONG = _PAGE_BYTES - 1
_FIRST_PLACE = 1
"""No text begins a page, so that no word is 0, which stands for no text."""


@dataclass(slots=True, eq=False)
class _Page:
    """What is known of a page.

    Attributes:
        number: Its number, by which words name it.
        previous: The number of the page that was filled before this one.
        used: Bytes that are used.
        dead: How many of these are no text's any more.
        numbers: Whose texts were put here, so that the page can be tidied up by itself.
        span: How many pages the text takes that this is the first page of; 0 where short texts share the page.
    """

    number: int
    previous: int
    used: int = _FIRST_PLACE
    dead: int = 0
    numbers: Growing[np.uint32] = field(default_factory=lambda: Growing(np.uint32))
    span: int = 0


class TextPages:
    """Texts by word: where a text lies, and how long it is.

    Attributes:
        pages: What kernels read; replaced, never changed.
    """

    def __init__(self) -> None:
        self.pages = Pages((), np.zeros(0, np.int64), PAGE_BITS)
        self._pages: dict[int, _Page] = {}
        self._vacant: list[int] = []
        self._filled: _Page | None = None
        self._half_dead: set[int] = set()

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        texts = sum(page.nbytes for page in self.pages.buffers if page is not None)
        return texts + sum(page.numbers.nbytes for page in [*self._pages.values()])

    def append(self, texts: Texts, numbers: Int64s) -> UInt64s:
        """Put in the texts of these numbers; the word of each."""
        lengths, starts = texts.lengths, np.empty(len(texts), np.int64)
        done = 0
        while done < len(texts):
            page = self._filled
            count = 0 if page is None else _fitting(page, texts, done)
            if page is None or not count:
                self._open(int(lengths[done]))
                continue
            part = slice(done, done + count)
            starts[part] = self._fill(page, texts, part)
            page.numbers.extend(numbers[part].astype(np.uint32))
            done += count
        words: UInt64s = (starts.astype(np.uint64) << np.uint64(LENGTH_BITS)) | lengths.astype(np.uint64)
        return words

    def discard(self, words: UInt64s) -> None:
        """These texts are nobody's any more."""
        numbers, places = np.unique(words >> _PAGE_SHIFT, return_inverse=True)
        sizes = np.bincount(places, _lengths(words), len(numbers)).astype(np.int64)
        for number, size in zip(numbers.tolist(), sizes.tolist(), strict=True):
            page = self._pages[number]
            page.dead += size
            if 2 * page.dead >= page.used:
                self._half_dead.add(number)

    def take_back(self, words: UInt64s) -> None:
        """These texts, the last ones put in, were never there. Where others were put in since, they are discarded."""
        while len(words):
            page = self._filled
            here = words >> _PAGE_SHIFT == (words[-1] >> _PAGE_SHIFT)
            size = int(_lengths(words[here]).sum())
            is_last = page is not None and int(words[-1] >> _PAGE_SHIFT) == page.number
            if page is None or not is_last or _place(words[here][0]) + size != page.used:
                self.discard(words)
                return
            page.used -= size
            page.numbers.truncate(len(page.numbers) - int(np.count_nonzero(here)))
            words = words[~here]
            if not len(page.numbers):
                self._filled = self._pages.get(page.previous)
                self.drop(page.number)

    # ---- tidying up ----------------------------------------------------------------------

    def untidy(self) -> list[int]:
        """The pages of which half is dead, or more, but for the one that is being filled."""
        filled = None if self._filled is None else self._filled.number
        return [number for number in self._half_dead if number != filled]

    def numbers_of(self, page: int) -> Int64s:
        """The numbers whose texts were put into a page, each once; some may be gone."""
        return np.unique(self._pages[page].numbers.values).astype(np.int64)

    def are_in(self, page: int, words: UInt64s) -> Mask:
        """Whether each text lies in this page."""
        found: Mask = words >> _PAGE_SHIFT == page
        return found

    def drop(self, number: int) -> None:
        """Give up a page with all its texts."""
        page = self._pages.pop(number)
        self._half_dead.discard(number)
        for inside in range(number, number + max(page.span, 1)):
            self.pages = with_page(self.pages, inside, None)
            self._vacant.append(inside)

    # ---- filling -------------------------------------------------------------------------

    def _open(self, length: int) -> None:
        """Begin a page that has room for a text of this length."""
        previous = -1
        if self._filled is not None:
            previous = self._filled.number
            self._filled.numbers.trim()
        self._filled = self._shared_page(previous) if length < _LONG else self._own_page(previous, length)
        self._pages[self._filled.number] = self._filled

    def _shared_page(self, previous: int) -> _Page:
        number = self._vacant.pop() if self._vacant else len(self.pages.buffers)
        size = _PAGE_BYTES if number else _FIRST_BYTES
        self.pages = with_page(self.pages, number, np.zeros(size, np.uint8))
        return _Page(number, previous)

    def _own_page(self, previous: int, length: int) -> _Page:
        """A page, and those behind it, for one long text: one buffer, so that the text is in one piece."""
        number, stop = len(self.pages.buffers), _FIRST_PLACE + length
        whole = np.zeros(stop, np.uint8)
        pages = range(0, stop, _PAGE_BYTES)
        for inside, start in enumerate(pages):
            self.pages = with_page(self.pages, number + inside, whole[start : start + _PAGE_BYTES])
        return _Page(number, previous, span=len(pages))

    def _fill(self, page: _Page, texts: Texts, part: slice) -> Int64s:
        """Copy texts that fit into a page; where each begins."""
        begin = int(texts.ends[part.start - 1]) if part.start else 0
        ends = texts.ends[part] - begin
        size = int(ends[-1])
        self._write(page, texts.blob[begin : begin + size])
        starts = (page.number << PAGE_BITS) + page.used + np.concatenate(([0], ends[:-1]))
        page.used += size
        return starts

    def _write(self, page: _Page, content: NDArray[np.uint8]) -> None:
        if page.span:
            buffers = [self.pages.buffers[page.number + inside] for inside in range(page.span)]
        else:
            buffers = [self._long_enough(page.number, page.used + len(content))]
        place = page.used
        for buffer in buffers:
            assert buffer is not None
            part = content[: len(buffer) - place]
            buffer[place : place + len(part)] = part
            content, place = content[len(part) :], 0

    def _long_enough(self, number: int, length: int) -> NDArray[Any]:
        """The buffer of a page, made longer where it is too short: the first page begins so."""
        buffer = self.pages.buffers[number]
        assert buffer is not None
        if len(buffer) < length:
            longer = np.zeros(min(max(2 * len(buffer), length), _PAGE_BYTES), np.uint8)
            longer[: len(buffer)] = buffer
            self.pages = with_page(self.pages, number, longer)
            return longer
        return buffer


def _fitting(page: _Page, texts: Texts, first: int) -> int:
    """How many texts from the first one on fit into a page."""
    if page.span:
        return 1 if page.used == _FIRST_PLACE else 0
    begin = int(texts.ends[first - 1]) if first else 0
    room = _PAGE_BYTES - 1 - page.used  # an empty text needs a place on the page too
    return int(np.searchsorted(texts.ends, begin + room, "right")) - first


def _lengths(words: UInt64s) -> Int64s:
    return (words & np.uint64(MAXIMUM_LENGTH)).astype(np.int64)


def _place(word: np.uint64) -> int:
    """Where in its page a text begins."""
    return (int(word) >> LENGTH_BITS) & (_PAGE_BYTES - 1)
