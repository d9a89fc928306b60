"""Layouts of times as Go writes them: the moment Mon Jan 2 15:04:05 2006, -07:00, in the form that is meant.

A layout is cut into elements, such as `2006`, `Jan` or `.000`, and what stands between them. From
these a pattern is made that reads what Go reads: numbers without leading zeros where the element has none, names in
any case, one space for several, and a fraction behind the seconds where the layout has none. What Go
would guess is refused: of abbreviated zones only UTC and GMT are known.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

__all__ = ["BEYOND_S", "NAMED_LAYOUTS", "Element", "Layout", "layout_of"]

NAMED_LAYOUTS = {
    "Layout": "01/02 03:04:05PM '06 -0700",
    "ANSIC": "Mon Jan _2 15:04:05 2006",
    "UnixDate": "Mon Jan _2 15:04:05 MST 2006",
    "RubyDate": "Mon Jan 02 15:04:05 -0700 2006",
    "RFC822": "02 Jan 06 15:04 MST",
    "RFC822Z": "02 Jan 06 15:04 -0700",
    "RFC850": "Monday, 02-Jan-06 15:04:05 MST",
    "RFC1123": "Mon, 02 Jan 2006 15:04:05 MST",
    "RFC1123Z": "Mon, 02 Jan 2006 15:04:05 -0700",
    "RFC3339": "2006-01-02T15:04:05Z07:00",
    "RFC3339Nano": "2006-01-02T15:04:05.999999999Z07:00",
    "DateTime": "2006-01-02 15:04:05",
    "DateOnly": "2006-01-02",
}
"""Layouts that Go has names for."""

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_EPOCH = datetime(1970, 1, 1)
BEYOND_S = 10**12
"""Seconds that no moment of the years 1 to 9999 is away from 1970; the year 0 is read as so many before it."""


def _names(names: tuple[str, ...], letters: int | None = None) -> str:
    return f"((?i:{'|'.join(name[:letters] for name in names)}))"


def _zone(digits: str, *, may_be_z: bool) -> str:
    return f"({'Z|' if may_be_z else ''}[+-]{digits})"


_TWO, _ONE_OR_TWO = "([0-9]{2})", "([0-9]{1,2}+)"

_ELEMENTS: tuple[tuple[str, str, str], ...] = (
    # As the layout has it, what it says, and the pattern that reads it. Of two that fit the first counts.
    ("January", "month name", _names(_MONTHS)),
    ("Jan(?![a-z])", "month name", _names(_MONTHS, 3)),
    ("Monday", "weekday", _names(_WEEKDAYS)),
    ("Mon(?![a-z])", "weekday", _names(_WEEKDAYS, 3)),
    ("MST", "zone name", "(UTC|GMT)"),
    ("01", "month", _TWO),
    ("02", "day", _TWO),
    ("03", "hour of half", _TWO),
    ("04", "minute", _TWO),
    ("05", "second", _TWO),
    ("06", "short year", _TWO),
    ("002", "day of year", "([0-9]{3})"),
    ("15", "hour", _ONE_OR_TWO),
    ("1", "month", _ONE_OR_TWO),
    ("2006", "year", "([0-9]{4})"),
    ("2", "day", _ONE_OR_TWO),
    ("_2(?!006)", "day", " ?" + _ONE_OR_TWO),
    ("__2", "day of year", "(?=.{3})( {0,2}[0-9]{1,3}+)"),
    ("3", "hour of half", _ONE_OR_TWO),
    ("4", "minute", _ONE_OR_TWO),
    ("5", "second", _ONE_OR_TWO),
    ("PM", "half", "([AP]M)"),
    ("pm", "half", "([ap]m)"),
    ("-070000", "zone", _zone("[0-9]{6}", may_be_z=False)),
    ("-07:00:00", "zone", _zone("[0-9]{2}:[0-9]{2}:[0-9]{2}", may_be_z=False)),
    ("-0700", "zone", _zone("[0-9]{4}", may_be_z=False)),
    ("-07:00", "zone", _zone("[0-9]{2}:[0-9]{2}", may_be_z=False)),
    ("-07", "zone", _zone("[0-9]{2}", may_be_z=False)),
    ("Z070000", "zone", _zone("[0-9]{6}", may_be_z=True)),
    ("Z07:00:00", "zone", _zone("[0-9]{2}:[0-9]{2}:[0-9]{2}", may_be_z=True)),
    ("Z0700", "zone", _zone("[0-9]{4}", may_be_z=True)),
    ("Z07:00", "zone", _zone("[0-9]{2}:[0-9]{2}", may_be_z=True)),
    ("Z07", "zone", _zone("[0-9]{2}", may_be_z=True)),
    (r"[.,]0+(?![0-9])", "fraction", ""),
    (r"[.,]9+(?![0-9])", "fraction", "(?:[.,]([0-9]++))?+"),
)
_ELEMENT = re.compile("|".join(f"(?P<e{number}>{form})" for number, (form, _, _) in enumerate(_ELEMENTS)))


@dataclass(frozen=True, slots=True)
class Element:
    """A piece of a layout.

    Attributes:
        text: As the layout has it.
        says: What it says of a moment; empty for what stands between elements.
        pattern: What reads it.
    """

    text: str
    says: str
    pattern: str


_ANY_FRACTION = Element("", "fraction", "(?:[.,]([0-9]++))?+")


@dataclass(kw_only=True, slots=True)
class _Parts:
    """What the elements of a text say; None where none says it."""

    year: int = 0
    month: int | None = None
    day: int | None = None
    day_of_year: int | None = None
    hour: int = 0
    minute: int = 0
    second: int = 0
    nanos: int = 0
    half: str = ""
    offset_s: int = 0

    def moment(self) -> tuple[int, int]:
        """Seconds since 1970 and nanoseconds; ValueError if there is no such moment."""
        if not self.year:
            return -BEYOND_S, 0
        hour = self.hour % 12 if self.half == "am" and self.hour == 12 else self.hour
        hour += 12 if self.half == "pm" and hour < 12 else 0
        passed = datetime(self.year, *self._month_and_day(), hour, self.minute, self.second) - _EPOCH
        return passed.days * 86_400 + passed.seconds - self.offset_s, self.nanos

    def _month_and_day(self) -> tuple[int, int]:
        if self.day_of_year is None:
            return 1 if self.month is None else self.month, 1 if self.day is None else self.day
        date = datetime(self.year, 1, 1) + timedelta(days=self.day_of_year - 1)
        if date.year != self.year or self.month not in (None, date.month) or self.day not in (None, date.day):
            raise ValueError(self.day_of_year)
        return date.month, date.day


def _elements(layout: str) -> Iterator[Element]:
    end = 0
    for match in _ELEMENT.finditer(layout):
        if match.start() > end:
            yield _between(layout[end : match.start()])
        _, says, pattern = _ELEMENTS[int(str(match.lastgroup)[1:])]
        text = match.group()
        yield Element(text, says, pattern or rf"[.,]([0-9]{{{len(text) - 1}}})")
        end = match.end()
    if end < len(layout):
        yield _between(layout[end:])


def _with_fraction(elements: Iterable[Element]) -> Iterator[Element]:
    """The elements, and a fraction behind seconds that have none: a text may have one there."""
    is_due = False
    for element in elements:
        if is_due and element.says != "fraction":
            yield _ANY_FRACTION
        yield element
        is_due = element.says == "second"
    if is_due:
        yield _ANY_FRACTION


def _between(text: str) -> Element:
    """What stands as it is; where the layout has spaces, there may be more of them."""
    return Element(text, "", re.sub("(?:\\\\ )+", " +", re.escape(text)))


class Layout:
    """A layout that reads texts.

    >>> Layout("Jan _2 2006 3:04PM").read("feb  1 1970 12:00AM")
    (2678400, 0)
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.elements = tuple(_elements(text))
        read = [*_with_fraction(self.elements)]
        self._groups = [element.says for element in read if element.says]
        self._pattern = re.compile("".join(element.pattern for element in read), re.ASCII)

    @property
    def has_year(self) -> bool:
        """Whether it says which year it is, without which a moment is none."""
        return any(element.says in ("year", "short year") for element in self.elements)

    def read(self, text: str) -> tuple[int, int] | None:
        """The seconds since 1970, UTC, and the nanoseconds behind them. None: the text is no time of this layout."""
        match = self._pattern.fullmatch(text)
        if match is None:
            return None
        parts = _Parts()
        try:
            for says, found in zip(self._groups, match.groups(), strict=True):
                if found is not None:
                    _READERS[says](parts, found)
            return parts.moment()
        except ValueError:
            return None


@lru_cache(maxsize=1024)
def layout_of(text: str) -> Layout:
    """The layout of a text, or of one of Go's names."""
    return Layout(NAMED_LAYOUTS.get(text, text))


def _read_half_hour(parts: _Parts, text: str) -> None:
    if int(text) > 12:
        raise ValueError(text)
    parts.hour = int(text)


def _read_short_year(parts: _Parts, text: str) -> None:
    parts.year = int(text) + (1900 if int(text) >= 69 else 2000)


def _read_month_name(parts: _Parts, text: str) -> None:
    parts.month = next(i for i, name in enumerate(_MONTHS, 1) if name[:3] == text[:3].capitalize())


def _read_zone(parts: _Parts, text: str) -> None:
    digits = text[1:].replace(":", "").ljust(6, "0")
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    if hours > 24 or minutes > 59 or seconds > 59:
        raise ValueError(text)
    parts.offset_s = (hours * 3600 + minutes * 60 + seconds) * (-1 if text[0] == "-" else 1)


def _says_nothing(parts: _Parts, text: str) -> None:
    """A weekday, which follows from the date, and a zone that is UTC."""


def _puts(name: str) -> Callable[[_Parts, str], None]:
    """Reads a number."""
    return lambda parts, text: setattr(parts, name, int(text))


_READERS: dict[str, Callable[[_Parts, str], None]] = {
    "year": _puts("year"),
    "short year": _read_short_year,
    "month": _puts("month"),
    "month name": _read_month_name,
    "day": _puts("day"),
    "day of year": _puts("day_of_year"),
    "weekday": _says_nothing,
    "hour": _puts("hour"),
    "hour of half": _read_half_hour,
    "half": lambda parts, text: setattr(parts, "half", text.lower()),
    "minute": _puts("minute"),
    "second": _puts("second"),
    "fraction": lambda parts, text: setattr(parts, "nanos", int(text[:9].ljust(9, "0"))),
    "zone": lambda parts, text: None if text == "Z" else _read_zone(parts, text),
    "zone name": _says_nothing,
}
