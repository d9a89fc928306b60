"""Keys and the numbers they were entered under, both ways."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, UInt64s
from roarbase.engine.buffers.pages import PAGE_BITS, PagedArray
from roarbase.engine.buffers.pieces import Image, Pieces
from roarbase.engine.kernels.maps.port import Hashes, HasMaps, Texts
from roarbase.engine.names.hash_slots import HashSlots
from roarbase.engine.names.hashing import hash_texts
from roarbase.engine.names.late import LateNames
from roarbase.engine.names.text_pages import TextPages
from roarbase.engine.names.texts import check_lengths, decode, encode, text_pieces, texts_of

__all__ = ["EncodedKeys", "KeyMap"]

_ENTERED_BYTES = 26
"""What a key takes beside its text."""


@dataclass(frozen=True, slots=True, eq=False)
class EncodedKeys:
    """Keys as texts, with their hashes."""

    texts: Texts
    hashes: Hashes

    def __len__(self) -> int:
        return len(self.texts)


class KeyMap:
    """Keys (strings) under numbers up to 2^32-2, chosen by the owner; 22 to 41 bytes each beside their text.

    Finding and reading are safe without any lock of the owner: the map has its own, since machine code goes
    by addresses.
    """

    def __init__(self, kernels: HasMaps, *, bits: int = PAGE_BITS) -> None:
        self._kernels = kernels
        self._words: PagedArray[np.uint64] = PagedArray(np.uint64, bits=bits)
        self._texts = TextPages()
        self._slots = HashSlots(kernels)
        self._lock = Lock()
        self._late = LateNames(self._enter_loaded)
        self._late_bytes = 0
        self._count = 0

    def __len__(self) -> int:
        return self._count  # without the lock: who enters what was loaded changes nothing about it

    @property
    def nbytes(self) -> int:
        """The size of the buffers, and about that of those to come."""
        return self._words.nbytes + self._texts.nbytes + self._slots.nbytes + self._late_bytes

    def encoded(self, keys: Sequence[str]) -> EncodedKeys:
        """The keys as the map takes them, for who finds and then enters."""
        texts = encode(keys)
        return EncodedKeys(texts, hash_texts(self._kernels.maps, texts))

    def find(self, keys: Sequence[str] | EncodedKeys) -> Int64s:
        """The number of each key, or -1."""
        if not len(self):
            return np.full(len(keys), -1, np.int64)
        asked = keys if isinstance(keys, EncodedKeys) else self.encoded(keys)
        maps = self._kernels.maps
        with self._lock:
            self._late.enter_all()
            return maps.find_texts(self._slots.slots, asked.hashes, asked.texts, self._words.pages, self._texts.pages)

    def gather(self, numbers: Int64s) -> Callable[[], list[str]]:
        """The keys of these numbers, read now; the call makes them objects."""
        with self._lock:
            self._late.enter_all()
            texts = self._texts_of(self._words.take(numbers))
        return lambda: decode(texts)

    def keys_at(self, numbers: Int64s) -> list[str]:
        """The keys of these numbers."""
        return self.gather(numbers)()

    def image(self, numbers: Int64s) -> Image:
        """The texts of these numbers as they are now; put together, as `key sizes` and `key bytes`, when called."""
        with self._lock:
            self._late.enter_all()
            words, pages, maps = self._words.take(numbers), self._texts.pages, self._kernels.maps
        return lambda: text_pieces(maps.copy_texts(words, pages))

    def load(self, pieces: Pieces, numbers: Int64s) -> None:
        """Have under these numbers the texts that an image put together: entered when somebody asks for any."""
        texts = texts_of(pieces)
        self._late_bytes += texts.blob.nbytes + _ENTERED_BYTES * len(texts)
        self._late.put(texts, numbers)
        self._count += len(numbers)

    def enter_some_loaded(self) -> bool:
        """Enter some of what was loaded, beside anybody who asks; whether there is more."""
        with self._lock:
            return self._late.enter_some()

    def _enter_loaded(self, texts: Texts, numbers: Int64s) -> None:
        self._enter(EncodedKeys(texts, hash_texts(self._kernels.maps, texts)), numbers)
        self._late_bytes -= texts.blob.nbytes + _ENTERED_BYTES * len(texts)

    def enter(self, keys: Sequence[str] | EncodedKeys, numbers: Int64s) -> None:
        """Enter keys that are not known, all different, under numbers that stand for no other key.

        Raises:
            ResourceLimitExceeded: A key is too long to be kept; nothing is entered.
        """
        new = keys if isinstance(keys, EncodedKeys) else self.encoded(keys)
        check_lengths(new.texts)
        with self._lock:
            self._enter(new, numbers)
            self._count += len(numbers)

    def _enter(self, new: EncodedKeys, numbers: Int64s) -> None:
        self._words.reserve(numbers)
        words = self._texts.append(new.texts, numbers)
        try:
            self._slots.insert(new.hashes, numbers)
        except BaseException:
            self._texts.take_back(words)
            raise
        self._words.put(numbers, words)

    def remove(self, numbers: Int64s) -> None:
        """Forget the keys of these numbers. What this leaves of their texts is tidied up by and by."""
        with self._lock:
            self._late.enter_all()
            self._texts.discard(self._taken_out(numbers))
            for page in self._texts.untidy():
                self._tidy(page)

    def take_back(self, numbers: Int64s) -> None:
        """Forget the keys of the numbers entered last, in their order, as if they had never been entered."""
        with self._lock:
            self._late.enter_all()
            self._texts.take_back(self._taken_out(numbers))

    def _taken_out(self, numbers: Int64s) -> UInt64s:
        words = self._words.take(numbers)
        self._slots.remove(hash_texts(self._kernels.maps, self._texts_of(words)), numbers)
        self._words.put(numbers, np.zeros(len(numbers), np.uint64))
        self._count -= len(numbers)
        return words

    def _texts_of(self, words: UInt64s) -> Texts:
        return self._kernels.maps.copy_texts(words, self._texts.pages)

    def _tidy(self, page: int) -> None:
        """Move what lives in a page elsewhere, and give it up."""
        numbers = self._texts.numbers_of(page)
        words = self._words.take(numbers)
        here = self._texts.are_in(page, words) & (words != 0)
        self._words.put(numbers[here], self._texts.append(self._texts_of(words[here]), numbers[here]))
        self._texts.drop(page)
