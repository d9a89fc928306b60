"""What was gathered: records with their values in some fields, to be picked, ordered and joined without the lock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from msgspec import Struct

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s, ranges

__all__ = ["Gathered", "Keys", "Members", "joined"]


class Members(Struct, kw_only=True, frozen=True, eq=False):
    """The values of one field among some records, as pairs of record and value.

    Attributes:
        count: How many records.
        indexes: Which of them; ascending where a record has one value at most, in any order for sets.
        members: A number, or the code of a row; a record has one pair for each row that it holds.
    """

    count: int
    indexes: Int64s
    members: Int64s

    @property
    def held(self) -> Mask:
        """Which records have a value."""
        held = np.zeros(self.count, np.bool_)
        held[self.indexes] = True
        return held

    def values(self) -> Int64s:
        """The one value of each record; of a record without one, zero."""
        values = np.zeros(self.count, np.int64)
        values[self.indexes] = self.members
        return values

    def at(self, rows: Int64s) -> "Members":
        """The same of some of the records, in that order."""
        if _is_all(rows, self.count):
            return self
        if _is_all(self.indexes, self.count):
            return Members(count=len(rows), indexes=np.arange(len(rows)), members=self.members[rows])
        order = np.argsort(self.indexes, kind="stable")
        lengths = np.bincount(self.indexes, minlength=self.count)
        starts, taken = (np.cumsum(lengths) - lengths)[rows], lengths[rows]
        indexes = np.repeat(np.arange(len(rows)), taken)
        return Members(count=len(rows), indexes=indexes, members=self.members[order[ranges(starts, taken)]])


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """The keys of some records, made to strings once it is known which of them are wanted.

    Attributes:
        parts: How each part was taken hold of, and how many keys it has.
        rows: Where among all of these the keys of the records stand.
    """

    parts: tuple[tuple[Callable[[], list[str]], int], ...]
    rows: Int64s

    @classmethod
    def of(cls, part: Callable[[], list[str]], count: int) -> "Keys":
        """All keys of one part."""
        return cls(((part, count),), np.arange(count))

    @classmethod
    def joined(cls, several: "Sequence[Keys]") -> "Keys":
        """The keys of several, one behind the other."""
        sizes = [sum(count for _, count in keys.parts) for keys in several]
        rows = [keys.rows + start for keys, start in zip(several, np.cumsum([0, *sizes[:-1]]).tolist(), strict=True)]
        return cls(tuple(part for keys in several for part in keys.parts), np.concatenate(rows))

    def at(self, rows: Int64s) -> "Keys":
        """The keys of some of the records, in that order."""
        return Keys(self.parts, self.rows[rows])

    def cells(self) -> list[str]:
        """The keys as strings; parts that none of them is in are not looked at."""
        cells = np.empty(len(self.rows), np.object_)
        starts = np.cumsum([0, *(count for _, count in self.parts)])
        order = np.argsort(self.rows, kind="stable")
        bounds = np.searchsorted(self.rows, starts, sorter=order).tolist()
        for (part, count), start, low, high in zip(self.parts, starts.tolist(), bounds, bounds[1:], strict=False):
            if low < high:
                strings, here = np.empty(count, np.object_), order[low:high]
                strings[:] = part()
                cells[here] = strings[self.rows[here] - start]
        return [*cells.tolist()]


class Gathered(Struct, kw_only=True, frozen=True, eq=False):
    """Records, and the values that they have in some fields, at one moment.

    Attributes:
        ids: Their ids; in a keyed table, numbers in order of first writes. Both are the order of records.
        keys: In a keyed table, their keys.
    """

    positions: Int64s
    ids: Int64s | UInt64s
    keys: Keys | None
    fields: tuple[Members, ...]

    def at(self, rows: Int64s) -> "Gathered":
        """Some of the records, in that order."""
        if _is_all(rows, len(self.positions)):
            return self
        return Gathered(
            positions=self.positions[rows],
            ids=self.ids[rows],
            keys=None if self.keys is None else self.keys.at(rows),
            fields=tuple(field.at(rows) for field in self.fields),
        )


def joined(pieces: Sequence[Gathered]) -> Gathered:
    """Several, one behind the other."""
    counts = np.array([len(piece.positions) for piece in pieces])
    starts = np.cumsum(counts) - counts
    fields = []
    for parts in zip(*(piece.fields for piece in pieces), strict=True):
        indexes = np.concatenate([part.indexes + start for part, start in zip(parts, starts.tolist(), strict=True)])
        members = np.concatenate([part.members for part in parts])
        fields.append(Members(count=int(counts.sum()), indexes=indexes, members=members))
    keys = [piece.keys for piece in pieces if piece.keys is not None]
    return Gathered(
        positions=np.concatenate([piece.positions for piece in pieces]),
        ids=np.concatenate([piece.ids for piece in pieces]),
        keys=Keys.joined(keys) if keys else None,
        fields=tuple(fields),
    )


def _is_all(rows: Int64s, count: int) -> bool:
    """Whether these are all of so many rows, in their order."""
    return len(rows) == count and bool((rows == np.arange(count)).all())
