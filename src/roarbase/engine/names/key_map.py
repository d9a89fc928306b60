"""Keys numbered in order of first use: records of a keyed table, rows of a keyed field."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, ShardedArray, UInt64s
from roarbase.engine.names.held import HeldPositions
from roarbase.engine.names.id_index import MAXIMUM_NUMBERS
from roarbase.engine.names.record_names import FreedNames
from roarbase.engine.names.runs import NumberedRuns
from roarbase.errors import ResourceLimitExceeded

__all__ = ["KeyMap"]


class KeyMap:
    """Keys (strings) and their numbers, both ways; about 20 bytes per key beside its text.

    The texts lie one behind the other in a single buffer. They are found by hash, and a
    hash that matches is compared with the text, so that equal hashes do no harm. The hash is
    Python's own: seeded per process, so that nobody can send keys chosen to collide.

    >>> keys = KeyMap()
    >>> keys.add(["b", "a", "b"])
    (array([0, 1, 0]), ['b', 'a'])
    """

    def __init__(self, *, first_length: int = 16) -> None:
        self._texts = bytearray()
        self._stops: ShardedArray[np.int64] = ShardedArray(np.int64, first_length=first_length)
        self._numbers = NumberedRuns()
        self._held = HeldPositions()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def nbytes(self) -> int:
        """The size of the buffers."""
        return len(self._texts) + self._stops.nbytes + self._numbers.nbytes + self._held.nbytes

    def find(self, keys: Sequence[str]) -> Int64s:
        """The number of each key, or -1."""
        out = np.full(len(keys), -1, np.int64)
        for indexes, numbers in self._numbers.candidates(_hashes(keys)):
            texts = self._texts_at(numbers.astype(np.int64))
            for index, number, text in zip(indexes.tolist(), numbers.tolist(), texts, strict=True):
                if text == _encode(keys[index]):
                    out[index] = number
        return out

    def keys_at(self, numbers: Int64s) -> list[str]:
        """The keys with these numbers."""
        return [text.decode("utf-8", "surrogatepass") for text in self._texts_at(numbers)]

    def add(self, keys: Sequence[str]) -> tuple[Int64s, list[str]]:
        """The number of each key; the new ones are entered in order of first occurrence and returned."""
        numbers = self.find(keys)
        missing = np.flatnonzero(numbers < 0)
        places = missing.tolist()
        new_keys = list(dict.fromkeys(keys[place] for place in places))
        rank = {key: self._size + i for i, key in enumerate(new_keys)}
        numbers[missing] = [rank[keys[place]] for place in places]
        self.extend(new_keys)
        return numbers, new_keys

    def extend(self, new_keys: Sequence[str]) -> None:
        """Enter keys that are not known, each given once, under the next numbers."""
        if self._size + len(new_keys) > MAXIMUM_NUMBERS:
            raise ResourceLimitExceeded(f"more than {MAXIMUM_NUMBERS} different keys are not supported")
        if not new_keys:
            return
        texts = [_encode(key) for key in new_keys]
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        self._stops.write(self._size, len(self._texts) + np.cumsum(lengths))
        self._texts += b"".join(texts)
        self._numbers.add(_hashes(new_keys), self._size)
        self._size += len(new_keys)

    def truncate(self, size: int) -> None:
        """Forget the keys numbered `size` and above."""
        if size < self._size:
            del self._texts[self._starts(np.array([size]))[0] :]
            self._numbers.truncate(size)
            self._size = size

    # ---- records that are deleted; see `RecordNames` ---------------------------------------

    def free(self, positions: Int64s, sequence: int) -> FreedNames:
        """Forget the keys of records that are deleted; see `RecordNames.free`."""
        freed = FreedNames(positions, self.keys_at(positions))
        self._numbers.forget(positions)
        self._held.add(positions, sequence)
        return freed

    def restore(self, freed: FreedNames) -> None:
        """Undo a `free`; see `RecordNames.restore`."""
        assert isinstance(freed.names, list)
        self._numbers.enter(_hashes(freed.names), freed.positions)
        self._held.take_back(len(freed.positions))

    def release(self, up_to_sequence: int) -> None:
        """Give freed positions to others; see `RecordNames.release`."""
        self._held.release(up_to_sequence)

    def gather(self, positions: Int64s) -> Callable[[], list[str]]:
        """The keys at these positions; see `RecordNames.gather`."""
        texts = [*self._texts_at(positions)]
        return lambda: [text.decode("utf-8", "surrogatepass") for text in texts]

    def _starts(self, numbers: Int64s) -> Int64s:
        return np.where(numbers > 0, self._stops.take(np.maximum(numbers - 1, 0)), 0)

    def _texts_at(self, numbers: Int64s) -> Iterable[bytes]:
        starts, stops = self._starts(numbers).tolist(), self._stops.take(numbers).tolist()
        texts = self._texts
        return (bytes(texts[start:stop]) for start, stop in zip(starts, stops, strict=True))


def _encode(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")  # a lone surrogate is a key like any other


def _hashes(keys: Sequence[str]) -> UInt64s:
    return np.fromiter(map(hash, keys), np.int64, len(keys)).view(np.uint64)
