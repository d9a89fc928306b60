"""Which form of an answer a client wants, by its header `Accept`.

Source: RFC 9110, 12.5.1.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

__all__ = ["wanted"]

_WEIGHT = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")


class _Range(NamedTuple):
    """A media range of the header: `text/csv`, `text/*` or `*/*`. Parameters but its weight do not count."""

    name: str
    weight: float
    place: int

    def closeness(self, form: str) -> int:
        """How closely it says a media type: 3 is that very type; 0 another one."""
        if self.name == form:
            return 3
        if self.name == form.partition("/")[0] + "/*":
            return 2
        return int(self.name == "*/*")


def wanted(accept: str, forms: Sequence[str]) -> str:
    """The media type that a header wants most, of those that are there.

    What a type weighs is said by the range that is closest to it. Of types that weigh the same, the one that is said
    more closely is taken, then the one said first. If none is wanted, or nothing is said, it is the first of `forms`.

    >>> wanted("text/csv;q=0.5, text/plain", ["text/csv", "text/plain"])
    'text/plain'
    """
    ranges = [found for place, text in enumerate(accept.split(",")) if (found := _range(place, text)) is not None]
    best, form = max(((_rank(each, ranges), each) for each in forms), key=lambda pair: pair[0])
    return form if best[0] > 0 else forms[0]


def _range(place: int, text: str) -> _Range | None:
    """A media range; None if its weight is none, as nobody knows what is meant."""
    name, *parameters = (part.strip().lower() for part in text.split(";"))
    weight = next(
        (value.strip() for key, _, value in (p.partition("=") for p in parameters) if key.strip() == "q"), "1"
    )
    return _Range(name, float(weight), place) if _WEIGHT.fullmatch(weight) else None


def _rank(form: str, ranges: Sequence[_Range]) -> tuple[float, int, int]:
    """What a type weighs, how closely it is said, and how early."""
    closest = max(ranges, key=lambda each: (each.closeness(form), each.weight), default=None)
    if closest is None or not closest.closeness(form):
        return 0, 0, 0
    return closest.weight, closest.closeness(form), -closest.place
