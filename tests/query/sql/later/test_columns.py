"""Columns of texts read at once are what their cells are one by one, or nothing."""

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from roarbase.errors import BadRequest
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.bulk.texts import value_of_text
from roarbase.query.sql.later.columns.moments import moments
from roarbase.query.sql.later.columns.numbers import bools, decimals, ids, numbers
from roarbase.query.sql.later.columns.texts import Texts
from roarbase.query.sql.later.tree import BOOL, INT, TIMESTAMP

_settings = settings(max_examples=120, deadline=None, derandomize=True)
_numbers = st.sampled_from(
    ["0", "-1", "7", "007", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "1-5", "-", "", "1_0"]
)
_more = st.sampled_from(
    ["1.5", "-0.05", "2.25", "3.123", ".5", "5.", ".", "-.", "1.2.3", "1.5-", "99999999999999999.99", "٣", "1e5"]
)
_moments = st.sampled_from(
    [
        *("2022-06-30", "2022-02-30", "0000-01-01", "1699-01-01", "2022-06-30T12:00:00Z", "2022-06-30T12:00:00.25Z"),
        *("2022-06-30T24:00:00Z", "2022-06-30T23:59:60Z", "2022-06-30T12:00:00+01:00", "2262-01-01", "now", "5"),
        *("1969-12-31T23:59:59.999999999Z", "2022-06-30,2022-06-30"),
    ]
)


def _single(cells: Sequence[str], kind: SqlType) -> list[Any] | None:
    try:
        return [value_of_text(cell, kind) for cell in cells]
    except (ValueError, BadRequest):
        return None


def _agrees(cells: list[str], kind: SqlType, read: Callable[[Texts], NDArray[Any] | None]) -> None:
    found = _read(cells, read)
    if found is not None:
        assert found == _single(cells, kind), cells


def _read(cells: list[str], read: Callable[[Texts], NDArray[Any] | None]) -> list[Any] | None:
    found = read(Texts.of(cells))
    return None if found is None else found.tolist()


@given(cells=st.lists(st.one_of(_numbers, st.integers().map(str)), min_size=1, max_size=4))
@_settings
def test_numbers(cells: list[str]) -> None:
    """Whole numbers."""
    _agrees(cells, INT, numbers)
    _agrees(cells, SqlType(Kind.ID), ids)


@given(cells=st.lists(st.one_of(_numbers, _more), min_size=1, max_size=4), scale=st.sampled_from([0, 1, 2, 3, 18]))
@_settings
def test_decimals(cells: list[str], scale: int) -> None:
    """Decimals, with as many places each or not."""
    _agrees(cells, SqlType(Kind.DECIMAL, scale), lambda texts: decimals(texts, scale))


@given(cells=st.lists(st.sampled_from(["1", "t", "False", "0", "yes", ""]), min_size=1, max_size=3))
@_settings
def test_bools(cells: list[str]) -> None:
    """Words for true and false."""
    _agrees(cells, BOOL, bools)


@given(cells=st.lists(_moments, min_size=1, max_size=3))
@_settings
def test_moments(cells: list[str]) -> None:
    """Dates and moments."""
    _agrees(cells, TIMESTAMP, moments)


def test_plain_ones_are_read() -> None:
    """What is written as nearly all is does not go the single way."""
    assert _read(["1", "-2"], numbers) == [1, -2]
    assert _read(["1.25", "-0.05"], lambda texts: decimals(texts, 2)) == [125, -5]
    assert _read(["1.2", "3", "-0.059"], lambda texts: decimals(texts, 2)) == [120, 300, -5]
    assert _read(["true", "0"], bools) == [True, False]
    assert _read(["1970-01-02"], moments) == [86_400 * 10**9]
    assert _read(["1970-01-01T00:00:02Z", "1970-01-01T00:00:01.5Z"], moments) == [2_000_000_000, 1_500_000_000]
    assert _read(["1970-01-01T00:00:02Z", "1969-12-31T23:59:59Z"], moments) == [2_000_000_000, -1_000_000_000]
    assert _read(["1970-01-01T00:00:01.5Z", "1970-01-01T00:00:02Z"], moments) == [1_500_000_000, 2_000_000_000]
