"""Columns of moments out of tokens: texts of a layout, or counts of a unit.

A moment is whole seconds since 1970, UTC, and the nanoseconds behind them, 0 to 999,999,999. What
lies far outside of the calendar comes back as some moment outside of it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from roarbase.ingest.converted import initial_states
from roarbase.ingest.faults import Fault
from roarbase.ingest.fixed_layouts import fixed_layout_or_none
from roarbase.ingest.layouts import BEYOND_S, layout_of
from roarbase.ingest.numbers import NotANumber, Ordinary, exact
from roarbase.ingest.text import text_of_string
from roarbase.ingest.tokens import Tokens
from roarbase.model.batch import UNTOUCHED, VALUE

__all__ = ["NO_TEXT", "Moments", "read_counted", "read_written"]

_NS_PER_S = 10**9
_WHOLE = re.compile(r"[ \t\r\n]*[+-]?[0-9]+[ \t\r\n]*", re.ASCII)

NO_TEXT = Fault(
    "the value is no text", "a time is written as a string in the layout of the sink; numbers need Unit or Epoch"
)
_NO_COUNT = Fault(
    "the value is no whole number", "with Unit or Epoch a time is a number, or a string that holds a whole one"
)


@dataclass(kw_only=True, slots=True)
class Moments:
    """One moment per record, or none. `faults` says which records are refused for it."""

    states: NDArray[np.uint8]
    seconds: NDArray[np.int64]
    nanos: NDArray[np.int64]
    faults: dict[int, Fault] = field(default_factory=dict)

    def put(self, row: int, moment: tuple[int, int]) -> None:
        self.seconds[row] = min(max(moment[0], -BEYOND_S), BEYOND_S)
        self.nanos[row] = moment[1]


def read_written(tokens: Tokens, layouts: Sequence[str]) -> Moments:
    """The moments of texts in one of the layouts. Blank ones count as missing."""
    states = initial_states(tokens)
    found = Moments(states=states, seconds=np.zeros(len(tokens), np.int64), nanos=np.zeros(len(tokens), np.int64))
    is_due = states == VALUE
    for fixed in filter(None, map(fixed_layout_or_none, layouts)):
        seconds, nanos, is_read = fixed.read(tokens)
        is_read &= is_due
        found.seconds[is_read], found.nanos[is_read] = seconds[is_read], nanos[is_read]
        is_due &= ~is_read
    known: dict[bytes, tuple[int, int] | Fault | None] = {}
    for row in np.flatnonzero(is_due).tolist():
        token = tokens[row]
        if token not in known:
            known[token] = _read_text(token, layouts)
        _settle(found, row, known[token])
    return found


def read_counted(tokens: Tokens, unit_ns: int) -> Moments:
    """The moments of counts of a unit since 1970. Blank strings count as missing; what is below a nanosecond is cut."""
    states = initial_states(tokens)
    ordinary = Ordinary(tokens)
    counts, fits = ordinary.scaled(0)
    is_string = tokens.begin_with('"')
    has_point = np.fromiter((b"." in bytes(item) for item in tokens.items), np.bool_, len(tokens))
    seconds, nanos, is_near = _multiplied(counts, unit_ns)
    is_done = ordinary.are_read & fits & is_near & ~has_point
    found = Moments(states=states, seconds=np.where(is_done, seconds, 0), nanos=np.where(is_done, nanos, 0))
    for row in np.flatnonzero(~is_done & (states == VALUE)).tolist():
        _settle(found, row, _read_count(tokens[row], unit_ns, is_string=bool(is_string[row])))
    return found


def _settle(found: Moments, row: int, read: tuple[int, int] | Fault | None) -> None:
    if read is None:
        found.states[row] = UNTOUCHED
    elif isinstance(read, Fault):
        found.faults[row] = read
    else:
        found.put(row, read)


def _read_text(token: bytes, layouts: Sequence[str]) -> tuple[int, int] | Fault | None:
    """The moment of a text; None for a blank one."""
    if token[:1] != b'"':
        return NO_TEXT
    text = text_of_string(token)
    if not text.strip():
        return None
    for layout in layouts:
        moment = layout_of(layout).read(text)
        if moment is not None:
            return moment
    names = " or ".join(repr(layout_of(layout).text) for layout in layouts)
    return Fault(f"the text is no time of the layout {names}", "write it as the layout writes Jan 2 15:04:05 2006")


def _multiplied(
    counts: NDArray[np.int64], unit_ns: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Counts in seconds and nanoseconds, and which are near enough to be so."""
    if unit_ns < _NS_PER_S and _NS_PER_S % unit_ns == 0:
        seconds, rest = np.divmod(counts, _NS_PER_S // unit_ns)
        return seconds, rest * unit_ns, np.abs(seconds) <= BEYOND_S
    factor, rest_ns = divmod(unit_ns, _NS_PER_S)
    is_near = (np.abs(counts) <= BEYOND_S // max(factor, 1)) & (rest_ns == 0)
    return np.where(is_near, counts, 0) * factor, np.zeros(len(counts), np.int64), is_near


def _read_count(token: bytes, unit_ns: int, *, is_string: bool) -> tuple[int, int] | Fault | None:
    """The moment of a count; None for a blank string."""
    if is_string:
        text = text_of_string(token)
        if text.strip() and not _WHOLE.fullmatch(text):
            return _NO_COUNT
    try:
        billionths = exact(token, 9)
    except NotANumber:
        return _NO_COUNT
    if billionths is None:
        return None
    total_ns = abs(billionths) * unit_ns // 10**9
    return divmod(-total_ns if billionths < 0 else total_ns, _NS_PER_S)
