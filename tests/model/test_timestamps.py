"""Moments as text and as numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roarbase.model.timestamps import (
    EARLIEST_SECONDS,
    LATEST_SECONDS,
    is_in_range,
    timestamp_seconds,
    timestamp_text,
)


@given(st.integers(EARLIEST_SECONDS, LATEST_SECONDS), st.integers(0, 10**9 - 1), st.sampled_from([0, 3, 6, 9]))
def test_a_moment_is_read_as_it_was_written(seconds: int, fraction: int, places: int) -> None:
    """The text of a moment means the same moment, in any unit, before 1970 too."""
    number = seconds * 10**places + fraction % 10**places
    read = timestamp_seconds(timestamp_text(number, places))
    assert read is not None
    assert read.scaleb(places) == number


@pytest.mark.parametrize(
    ("text", "unit", "is_inside"),
    [
        ("0001-01-01T00:00:00Z", "s", False),
        ("0001-01-01T00:00:01Z", "us", True),
        ("9999-12-31T23:59:59Z", "ms", True),
        ("9999-12-31T23:59:59.5Z", "ms", False),
        ("1833-11-24T17:31:43Z", "ns", False),
        ("1833-11-24T17:31:44Z", "ns", True),
        ("2106-02-07T06:28:16Z", "ns", True),
        ("2106-02-07T06:28:16.000000001Z", "ns", False),
    ],
)
def test_the_range_of_timestamps(text: str, unit: str, is_inside: bool) -> None:
    """Years 1 to 9999, and in nanoseconds the 272 years around 1970, ends included."""
    seconds = timestamp_seconds(text)
    assert seconds is not None
    assert is_in_range(seconds, unit) is is_inside
