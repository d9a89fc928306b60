"""Go's durations are read as Go reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roarbase.model.durations import duration_ns

HOUR = 3_600_000_000_000
UNITS = {"h": HOUR, "m": HOUR // 60, "s": 10**9, "ms": 10**6, "us": 1000, "µs": 1000, "ns": 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("0s", 0),
        ("24h", 24 * HOUR),
        ("1h30m", HOUR * 3 // 2),
        ("30m1h", HOUR * 3 // 2),
        ("1.5h", HOUR * 3 // 2),
        (".5h", HOUR // 2),
        ("1.h", HOUR),
        ("1.9ns", 1),
        ("+1s", 10**9),
        ("-1s", -(10**9)),
        ("μs", None),
        ("2μs", 2000),
        ("0.000000000000000000000000000009h", 0),
        ("9223372036854775807ns", 2**63 - 1),
        ("9223372036854775808ns", None),
        ("2562047h", 2562047 * HOUR),
        ("2562048h", None),
        ("9" * 5000 + "h", None),
        ("0" * 5000 + "1h", HOUR),
        ("", None),
        ("+", None),
        ("1", None),
        ("1d", None),
        ("1 h", None),
        ("1H", None),
        (".h", None),
        ("1h-1m", None),
        ("1e3s", None),
        ("٣h", None),
        ("1h\n", None),
    ],
)
def test_one_duration(text: str, expected: int | None) -> None:
    """Units add up in any order, fractions are cut to nanoseconds, and what Go refuses is none."""
    assert duration_ns(text) == expected


@given(st.lists(st.tuples(st.integers(0, 10**5), st.sampled_from(sorted(UNITS))), min_size=1, max_size=4))
def test_parts_add_up(parts: list[tuple[int, str]]) -> None:
    """A duration is the sum of its parts, and the same with a sign in front."""
    text, total = "".join(f"{n}{unit}" for n, unit in parts), sum(n * UNITS[unit] for n, unit in parts)
    assert duration_ns(text) == total
    assert duration_ns(f"-{text}") == -total
