"""The values of a column, one per row: arrays where they are numbers, lists where they are strings."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from roarbase.model.batch import NO_TIME
from roarbase.query.sql.kinds import Kind
from roarbase.query.sql.later.columns.numbers import Integers, integers
from roarbase.query.sql.later.columns.texts import Texts

__all__ = ["Cells", "Given", "Sets", "Values", "cells_of", "objects_of", "values_of", "values_or_objects"]

_SETS = (Kind.IDSET, Kind.STRINGSET, Kind.IDSETQ, Kind.STRINGSETQ)
_TEXTS = (Kind.STRING, Kind.STRINGSET, Kind.STRINGSETQ, Kind.VECTOR)


@dataclass(frozen=True, slots=True)
class Sets:
    """The members of set i are those from `offsets[i]` to `offsets[i + 1]`; one may occur more than once.

    Attributes:
        offsets: int64, one more than there are sets.
        seconds: int64, when each got its members, in seconds since 1970 or NO_TIME; None where times do not matter.
    """

    offsets: NDArray[np.int64]
    members: Integers | list[str] | Texts
    seconds: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def part(self, start: int, stop: int) -> Self:
        """Some of the sets."""
        offsets = self.offsets[start : stop + 1]
        seconds = None if self.seconds is None else self.seconds[start:stop]
        return type(self)(offsets - offsets[0], _part(self.members, offsets[0], offsets[-1]), seconds)

    def spread(self, are_there: NDArray[np.bool_]) -> Self:
        """The sets at some rows, and empty ones at the others."""
        sizes = np.zeros(len(are_there), np.int64)
        sizes[are_there] = np.diff(self.offsets)
        seconds = None
        if self.seconds is not None:
            seconds = np.full(len(are_there), NO_TIME)
            seconds[are_there] = self.seconds
        return type(self)(np.concatenate([[0], np.cumsum(sizes)]), self.members, seconds)

    def tuples(self) -> list[tuple[Any, ...]]:
        """Each set's members, each once."""
        members = _objects(self.members)
        # Cut out of one list: a list for each set would have the garbage collector look at all of them again and again.
        return [tuple(dict.fromkeys(members[start:stop])) for start, stop in pairwise(self.offsets.tolist())]


Cells = Integers | NDArray[np.bool_] | list[str] | Texts | Sets
"""Whole numbers (of decimals: units; of moments: nanoseconds, or what a column counts), truth, strings, or sets.

Vectors are tuples of numbers, in a list; a column keeps them as strings.
"""


_Some = TypeVar("_Some", bound=Cells)


@dataclass(frozen=True, slots=True)
class Values:
    """A column.

    Attributes:
        cells: Of all rows; what stands where nothing is there means nothing.
        are_there: Which rows have a value; None: all.
    """

    cells: Cells
    are_there: NDArray[np.bool_] | None = None

    @classmethod
    def at(cls, are_there: NDArray[np.bool_] | None, cells: Cells) -> Self:
        """Values of some rows only, in their order, or of all."""
        if are_there is None:
            return cls(cells)
        if isinstance(cells, Sets | Texts):
            return cls(cells.spread(are_there), are_there)
        if isinstance(cells, list):
            each = iter(cells)
            return cls([next(each) if is_there else "" for is_there in are_there.tolist()], are_there)
        spread: Any = np.zeros(len(are_there), cells.dtype)
        spread[are_there] = cells
        return cls(spread, are_there)

    def __len__(self) -> int:
        return len(self.cells)

    def part(self, start: int, stop: int) -> Self:
        """The values of some rows."""
        return type(self)(
            _part(self.cells, start, stop), None if self.are_there is None else self.are_there[start:stop]
        )

    def there(self) -> Cells:
        """The cells of the rows that have a value."""
        if self.are_there is None:
            return self.cells
        if isinstance(self.cells, Sets):
            sizes = np.diff(self.cells.offsets)[self.are_there]
            seconds = None if self.cells.seconds is None else self.cells.seconds[self.are_there]
            return Sets(np.concatenate([[0], np.cumsum(sizes)]), self.cells.members, seconds)
        if isinstance(self.cells, list):
            return [cell for cell, is_there in zip(self.cells, self.are_there.tolist(), strict=True) if is_there]
        if isinstance(self.cells, Texts):
            return self.cells.chosen(self.are_there)
        return self.cells[self.are_there]

    def objects(self) -> list[Any]:
        """The values as Python has them; None where there is none."""
        found = _objects(self.cells)
        if self.are_there is None:
            return found
        return [cell if is_there else None for cell, is_there in zip(found, self.are_there.tolist(), strict=True)]


def _part(cells: _Some, start: int, stop: int) -> _Some:
    return cells.part(start, stop) if isinstance(cells, Sets | Texts) else cells[start:stop]  # type: ignore[return-value]


def _objects(cells: Cells) -> list[Any]:
    """Cells as Python has them."""
    if isinstance(cells, Sets):
        return cells.tuples()
    if isinstance(cells, Texts):
        return cells.strings()
    return [*cells] if isinstance(cells, list) else cells.tolist()


def values_of(kind: Kind, objects: Sequence[Any]) -> Values:
    """Values of a type as Python has them; None where there is none.

    Raises:
        OverflowError: A number does not fit in 64 bits, or is beyond the others' sign.
    """
    are_there = None
    if None in objects:
        are_there = np.array([each is not None for each in objects], np.bool_)
        objects = [each for each in objects if each is not None]
    return Values.at(are_there, cells_of(kind, objects))


Given = Values | list[Any]
"""A column that is given: as cells, or, where a number needs more than 64 bits, as Python has its values.

Nanoseconds of moments that only a coarser column can hold need more.
"""


def values_or_objects(kind: Kind, objects: Sequence[Any]) -> Given:
    """Values of a type as Python has them, as cells if these can hold them."""
    try:
        return values_of(kind, objects)
    except OverflowError:
        return [*objects]


def objects_of(column: Given) -> list[Any]:
    """The values as Python has them; None where there is none."""
    return column.objects() if isinstance(column, Values) else column


def cells_of(kind: Kind, objects: Sequence[Any]) -> Cells:
    """Values of a type, none of them null, as cells.

    Raises:
        OverflowError: As `values_of`.
    """
    if kind in _SETS:
        members: Any = [*chain.from_iterable(objects)]
        sizes = np.fromiter(map(len, objects), np.int64, len(objects))
        offsets = np.concatenate([[0], np.cumsum(sizes)])
        return Sets(offsets, members if kind in _TEXTS else integers(members))
    if kind in _TEXTS:
        return [*objects]
    return np.array(objects, np.bool_) if kind == Kind.BOOL else integers(objects)
