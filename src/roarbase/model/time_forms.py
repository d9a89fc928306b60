"""How a sink's records write moments."""

from dataclasses import dataclass

__all__ = ["UNITS_NS", "TimeForm"]

UNITS_NS = {
    "d": 86_400 * 10**9,
    "h": 3600 * 10**9,
    "m": 60 * 10**9,
    "s": 10**9,
    "ms": 10**6,
    "us": 10**3,
    "ns": 1,
}
"""Units by name, in nanoseconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TimeForm:
    """Moments are text of one of some layouts, or counted in a unit since an epoch.

    Attributes:
        layouts: Layouts as Go writes them, tried in this order; without any, moments are counted.
        unit_ns: How many nanoseconds a count of one is.
        epoch_ns: The moment of the count 0, in nanoseconds since 1970.
    """

    layouts: tuple[str, ...] = ()
    unit_ns: int = 10**9
    epoch_ns: int = 0
