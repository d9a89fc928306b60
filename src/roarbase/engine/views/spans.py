"""Spans: the whole units that lie between two times.

A question between two times is answered from the views that lie wholly between them, by the shortest
unit of the field's quantum. The first time is rounded down to that unit. A unit counts if it
ends at or before the second time; an hour already if it begins before it, where the minutes of the
first time are added to its beginning.

Source: PQL reference, "Time bounds".
"""

from dataclasses import dataclass
from functools import lru_cache

from roarbase.engine.plan import TimeRange
from roarbase.engine.views.calendar import (
    FIRST_SECOND,
    HOUR_S,
    STOP_SECOND,
    Unit,
    first_second,
    number_at,
    units_of,
)

__all__ = ["NO_SPAN", "Span", "span_of"]


@dataclass(frozen=True, slots=True)
class Span:
    """From the first second of a unit to the first one behind another, `stop` excluded. Empty if they are the same."""

    start: int
    stop: int

    def numbers(self, unit: Unit) -> tuple[int, int]:
        """The first of the units of a kind that lie wholly inside, and the one behind the last."""
        return _numbers(self.start, self.stop, unit)


NO_SPAN = Span(0, 0)


@lru_cache(maxsize=1024)  # each shard asks for the same
def _numbers(start: int, stop: int, unit: Unit) -> tuple[int, int]:
    first = number_at(unit, start)
    if first_second(unit, first) < start:
        first += 1
    return first, max(first, number_at(unit, stop))


def span_of(quantum: str, asked: TimeRange) -> Span:
    """The units of a quantum between two times.

    >>> span_of("M", TimeRange(start=86_400, stop=3_000_000))
    Span(start=0, stop=2678400)
    """
    units = units_of(quantum)
    if not units:
        return NO_SPAN
    start, stop = (_hours if units[-1] is Unit.HOUR else _whole_units)(units[-1], asked)
    return Span(start, stop) if start < stop else NO_SPAN


def _whole_units(unit: Unit, asked: TimeRange) -> tuple[int, int]:
    start = first_second(unit, number_at(unit, _within(asked.start, FIRST_SECOND)))
    stop = first_second(unit, number_at(unit, _within(asked.stop, STOP_SECOND)))
    return start, stop


def _hours(_: Unit, asked: TimeRange) -> tuple[int, int]:
    minutes_s = 0 if asked.start is None else asked.start % HOUR_S
    start = _within(asked.start, FIRST_SECOND) // HOUR_S * HOUR_S
    stop = -(-_within(asked.stop if asked.stop is None else asked.stop - minutes_s, STOP_SECOND) // HOUR_S) * HOUR_S
    return start, stop


def _within(second: int | None, default: int) -> int:
    """A moment, moved into the calendar if it is outside."""
    return default if second is None else min(max(second, FIRST_SECOND), STOP_SECOND)
