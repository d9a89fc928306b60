"""Cells that are lists, such as sets, kept as one flat list and where each of them ends."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

__all__ = ["ListCells"]


class ListCells(Sequence[tuple[Any, ...] | None]):
    """Tuples of values, made when somebody looks at them; None where there are no values.

    Attributes:
        members: The values of all cells, one cell after the other.
        stops: Where each cell's values end among them; those of the first begin at 0.

    >>> [*ListCells([7, 8, 9], [2, 2, 3])]
    [(7, 8), None, (9,)]
    """

    __slots__ = ("members", "stops")

    def __init__(self, members: Sequence[Any], stops: Sequence[int]) -> None:
        self.members, self.stops = members, stops

    def __len__(self) -> int:
        return len(self.stops)

    @overload
    def __getitem__(self, place: int) -> tuple[Any, ...] | None: ...
    @overload
    def __getitem__(self, place: slice) -> "ListCells": ...
    def __getitem__(self, place: int | slice) -> "tuple[Any, ...] | ListCells | None":
        if isinstance(place, int):
            place = range(len(self))[place]  # counts from the end, too, and raises IndexError
            return tuple(self.members[self._start(place) : self.stops[place]]) or None
        first, end, step = place.indices(len(self))
        if step != 1:
            raise ValueError("list cells are cut in runs only")
        if (first, end) == (0, len(self)):
            return self
        if first >= end:
            return ListCells([], [])
        start = self._start(first)
        return ListCells(self.members[start : self.stops[end - 1]], [stop - start for stop in self.stops[first:end]])

    def __iter__(self) -> Iterator[tuple[Any, ...] | None]:
        members, start = tuple(self.members), 0
        for stop in self.stops:
            yield members[start:stop] or None
            start = stop

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and [*self] == [*other]

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr([*self])

    def _start(self, place: int) -> int:
        return self.stops[place - 1] if place else 0
