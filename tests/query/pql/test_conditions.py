"""Comparisons of numbers, against comparing each value with the literal as the field would keep it."""

import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import trunc

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from roarbase.engine import plan
from roarbase.model.fields import INT64_MAX, INT64_MIN, FieldSpec, FieldType, TableSpec
from roarbase.model.schema import Schema
from roarbase.model.timestamps import timestamp_seconds
from roarbase.query.pql import compile_pql
from roarbase.query.program import AskData

OPERATORS: dict[str, Callable[[int, int], bool]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
LESS = {"<": operator.lt, "<=": operator.le}

EDGES = [INT64_MIN, INT64_MIN + 1, -436, -435, -1, 0, 1, 434, 435, 436, INT64_MAX - 1, INT64_MAX]
stored = st.one_of(st.sampled_from(EDGES), st.integers(INT64_MIN, INT64_MAX))
literals = st.one_of(
    st.integers(INT64_MIN, INT64_MAX).map(Decimal),
    st.decimals(-10, 10, places=4, allow_nan=False),
    st.sampled_from(EDGES).map(Decimal),
    st.sampled_from(
        ["4.35", "4.359", "-4.359", "92233720368547758.07", "92233720368547758.08", "-92233720368547758.09"]
    ).map(Decimal),
)


def spell(literal: Decimal) -> str:
    """The literal in PQL: an integer where it is one."""
    return str(int(literal)) if literal == int(literal) else format(literal, "f")


def bitmap_of(condition: str, scale: int) -> plan.Bitmap:
    """What `Row(condition)` compiles to on a decimal field `d`."""
    spec = FieldSpec(name="d", type=FieldType.DECIMAL if scale else FieldType.INT, scale=scale)
    schema = Schema(tables={"t": TableSpec(id="1", name="t", is_keyed=False, fields={"d": spec})})
    (step,) = compile_pql(f"[t]Row({condition})", schema)
    assert isinstance(step, AskData)
    assert isinstance(step.plan, plan.Records)
    return step.plan.input


def holds(bitmap: plan.Bitmap, value: int) -> bool:
    """Whether a record with this value is in the set."""
    match bitmap:
        case plan.Nothing():
            return False
        case plan.NotNull():
            return True
        case plan.NumberRange(_, low, high):
            return (low is None or low <= value) and (high is None or value <= high)
        case plan.Difference((first, *others)):
            return holds(first, value) and not any(holds(other, value) for other in others)
    raise AssertionError(bitmap)


def kept(literal: Decimal, scale: int) -> int:
    """The literal in the unit of the field, what is finer cut off toward zero."""
    units = Fraction(literal) * 10**scale
    return trunc(units)


def values_near(literal: Decimal, scale: int) -> list[int]:
    """Values a comparison with the literal could get wrong."""
    middle = kept(literal, scale)
    return [value for value in range(middle - 2, middle + 3) if INT64_MIN <= value <= INT64_MAX]


@settings(deadline=None)
@given(st.sampled_from(sorted(OPERATORS)), literals, st.sampled_from([0, 1, 2, 18]), stored)
def test_a_comparison_is_of_what_is_kept(name: str, literal: Decimal, scale: int, value: int) -> None:
    """A value fulfils a comparison just when it compares so with what the field keeps of the literal."""
    assume(scale or literal == int(literal))
    bitmap = bitmap_of(f"d {name} {spell(literal)}", scale)
    for stored_value in (value, *values_near(literal, scale)):
        expected = OPERATORS[name](stored_value, kept(literal, scale))
        assert holds(bitmap, stored_value) is expected


@settings(deadline=None)
@given(
    st.sampled_from(sorted(LESS)), st.sampled_from(sorted(LESS)), literals, literals, st.sampled_from([0, 2]), stored
)
def test_a_chain_is_both_comparisons(
    first: str, second: str, low: Decimal, high: Decimal, scale: int, value: int
) -> None:
    """`a < d <= b` is `a < d` and `d <= b`."""
    assume(scale or (low == int(low) and high == int(high)))
    bitmap = bitmap_of(f"{spell(low)} {first} d {second} {spell(high)}", scale)
    for stored_value in (value, *values_near(low, scale), *values_near(high, scale)):
        expected = LESS[first](kept(low, scale), stored_value) and LESS[second](stored_value, kept(high, scale))
        assert holds(bitmap, stored_value) is expected


@settings(deadline=None)
@given(literals, literals, st.sampled_from([0, 2]), stored)
def test_between_includes_its_ends(low: Decimal, high: Decimal, scale: int, value: int) -> None:
    """`d >< [a, b]` is `a <= d <= b`."""
    assume(scale or (low == int(low) and high == int(high)))
    bitmap = bitmap_of(f"d >< [{spell(low)}, {spell(high)}]", scale)
    for stored_value in (value, *values_near(low, scale), *values_near(high, scale)):
        assert holds(bitmap, stored_value) is (kept(low, scale) <= stored_value <= kept(high, scale))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:00Z", Fraction(0)),
        ("1970-01-01T00:00:00.25Z", Fraction(1, 4)),
        ("1969-12-31T23:59:59.75Z", Fraction(-1, 4)),
        ("2000-02-29T00:00:00Z", Fraction(951782400)),
        ("1970-01-01T01:30:00+01:30", Fraction(0)),
        ("1969-12-31T19:00:00-05:00", Fraction(0)),
        ("9999-12-31T23:59:59.999999999Z", Fraction(253402300799999999999, 10**9)),
        ("0001-01-01T00:00:00+12:00", Fraction(-62135640000)),
        ("1970-01-01T00:00:00", None),
        ("1970-01-01T00:00Z", None),
        ("1970-01-01 00:00:00Z", None),
        ("1900-02-29T00:00:00Z", None),
        ("0000-01-01T00:00:00Z", None),
        ("1970-01-01T00:60:00Z", None),
        ("1970-01-01T00:00:60Z", None),
        ("1970-01-01T00:00:00.Z", None),
        ("1970-01-01T00:00:00+1:00", None),
        ("1970-01-01T00:00:00+00:60", None),
        ("", None),
    ],
)
def test_timestamps(text: str, seconds: Fraction | None) -> None:
    """A timestamp is seconds since 1970 in UTC, exactly; anything else is none."""
    assert timestamp_seconds(text) == seconds
