"""Durations as Go writes them: `720h`, `1h30m`, `1.5s`, `0`.

Source: spec cloud-api, the options TTL and CustomUnit.
"""

import re

__all__ = ["duration_ns"]

_UNITS_NS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,  # the micro sign
    "μs": 1_000,  # the Greek letter, which looks the same
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART = rf"(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))({'|'.join(_UNITS_NS)})"
_EACH = re.compile(_PART)
_WHOLE = re.compile(rf"([+-]?)(?:0|(?:{_PART})+)")
_MAXIMUM_NS = 2**63 - 1


def duration_ns(text: str) -> int | None:
    """How many nanoseconds a duration has, fractions of one cut off. None: it is none, or beyond 292 years.

    >>> duration_ns("1h30m"), duration_ns("1.5us"), duration_ns("90"), duration_ns("-1s")
    (5400000000000, 1500, None, -1000000000)
    """
    match = _WHOLE.fullmatch(text)
    if match is None:
        return None
    total = sum(_part_ns(*part) for part in _EACH.findall(text))
    return None if total > _MAXIMUM_NS else -total if match[1] == "-" else total


def _part_ns(whole: str, fraction: str, bare_fraction: str, unit: str) -> int:
    unit_ns, digits = _UNITS_NS[unit], (fraction or bare_fraction)[:18]
    below_one: int = int(digits or "0") * unit_ns // 10 ** len(digits)
    return int(whole.lstrip("0")[:30] or "0") * unit_ns + below_one
