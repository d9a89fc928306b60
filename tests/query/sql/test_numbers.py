"""Comparisons of scaled integers with decimals are exact."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roarbase.query.sql.numbers import exactly, limits
from roarbase.query.sql.tree import Operator
from tests.query.sql.naive import compared

values = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=None)


@given(
    value=values,
    units=st.integers(-(2**63), 2**63 - 1),
    scale=st.integers(0, 18),
    near=st.integers(-1, 1),
    operator=st.sampled_from(["<", "<=", ">", ">="]),
)
def test_limits_hold_what_the_comparison_holds(
    value: Decimal, units: int, scale: int, near: int, operator: Operator
) -> None:
    """A number of units is within the limits exactly if the fraction compares so, also just beside the value."""
    low, high = limits(operator, value, scale)
    beside = int(Fraction(value) * 10**scale) + near
    for number in (units, beside):
        is_within = (low is None or number >= low) and (high is None or number <= high)
        assert is_within is compared(Fraction(number, 10**scale), operator, Fraction(value))


@given(value=values, scale=st.integers(0, 18))
def test_exactly_is_the_value_or_nothing(value: Decimal, scale: int) -> None:
    """A decimal is a number of units, or it is not: never the nearest."""
    units = exactly(value, scale)
    scaled = Fraction(value) * 10**scale
    assert units == (scaled.numerator if scaled.denominator == 1 else None)


@pytest.mark.parametrize(
    ("text", "scale", "expected"),
    [("0", 0, 0), ("-0", 2, 0), ("0e999", 3, 0), ("1e3", 2, 100_000), ("1.50", 1, 15), ("1.55", 1, None)],
)
def test_forms_of_numbers(text: str, scale: int, expected: int | None) -> None:
    """Zeros and exponents say the same number in several ways."""
    assert exactly(Decimal(text), scale) == expected


@pytest.mark.parametrize("text", ["1e999999999999", "-1e999999999999", "1e-999999999999", "-1e-999999999999"])
def test_numbers_far_beyond_are_not_written_out(text: str) -> None:
    """An exponent of a million millions takes no memory, and compares as it should."""
    value = Decimal(text)
    low, high = limits(">", value, 18)
    assert high is None
    assert low is not None
    if value.adjusted() > 0:
        assert abs(low) > 2**64
        assert (low > 0) is (value > 0)
    else:
        assert low == (1 if value > 0 else 0)
