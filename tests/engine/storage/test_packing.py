"""Packed integers come back as they were, in the narrowest width."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roarbase.engine.storage.entries import BatchEntry, Packed
from roarbase.engine.storage.packing import count_packed, pack, unpack
from roarbase.engine.storage.record import decode_entry, encode_entry

INT64 = st.integers(-(2**63), 2**63 - 1)
UINT64 = st.integers(0, 2**64 - 1)


def narrow(of: st.SearchStrategy[int], lowest: int, highest: int) -> st.SearchStrategy[list[int]]:
    """Lists within a small distance of any value, as well as lists of any values."""
    near = st.tuples(of, st.lists(st.integers(0, 2**17))).map(lambda t: [min(t[0] + d, highest) for d in t[1]])
    return st.lists(st.sampled_from([lowest, lowest + 1, 0, 255, 256, highest - 1, highest])) | st.lists(of) | near


@given(narrow(INT64, -(2**63), 2**63 - 1))
def test_int64_round_trip(values: list[int]) -> None:
    """Signed integers survive packing, to both ends of 64 bits."""
    assert unpack(pack(np.array(values, dtype=np.int64)), np.int64).tolist() == values


@given(narrow(UINT64, 0, 2**64 - 1))
def test_uint64_round_trip(values: list[int]) -> None:
    """Unsigned integers survive packing, to 2^64-1."""
    assert unpack(pack(np.array(values, dtype=np.uint64)), np.uint64).tolist() == values


@pytest.mark.parametrize(
    ("values", "width", "base"),
    [
        ([], 1, 0),
        ([7], 1, 0),
        ([300], 1, 300),
        ([0, 255], 1, 0),
        ([0, 256], 2, 0),
        ([3, 4], 1, 0),
        ([200, 256], 1, 200),
        ([-5, 250], 1, -5),
        ([10**15, 10**15 + 65535], 2, 10**15),
        ([10**15, 10**15 + 65536], 4, 10**15),
        ([0, 2**32 - 1], 4, 0),
        ([1, 2**32 + 1], 8, 0),
        ([-(2**63), 2**63 - 1], 8, 0),
        ([-(2**63), -(2**63) + 1], 1, -(2**63)),
    ],
)
def test_width_and_base(values: list[int], width: int, base: int) -> None:
    """The narrowest of 1, 2, 4 and 8 bytes that holds the distance from the smallest value."""
    packed = pack(np.array(values, dtype=np.int64))
    assert (packed.width, packed.base, len(packed.data)) == (width, base, width * len(values))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint32, np.int32, ">i8", ">u4"])
def test_other_integer_types(dtype: str) -> None:
    """Arrays of any integer type and byte order can be packed."""
    assert unpack(pack(np.array([3, 100, 5], dtype=dtype)), np.int64).tolist() == [3, 100, 5]


def test_a_strided_array() -> None:
    """Only the values of a view are packed, in its order."""
    assert unpack(pack(np.arange(10)[::-3]), np.uint64).tolist() == [9, 6, 3, 0]


def test_what_is_unpacked_can_be_written() -> None:
    """The array is new, and not a view of the bytes."""
    values = unpack(pack(np.array([2**40, 0])), np.int64)
    values[0] = 1
    assert values.tolist() == [1, 0]


def test_extremes_travel_in_an_entry() -> None:
    """Bases at both ends of 64 bits pass through the log's encoding."""
    for values in (np.array([2**64 - 1], dtype=np.uint64), np.array([-(2**63)], dtype=np.int64)):
        entry = BatchEntry(table="t", positions=pack(values), first_new=0)
        assert decode_entry(encode_entry(entry)) == entry


def test_only_integers_are_packed() -> None:
    """Floats and booleans are refused, not rounded."""
    for values in (np.array([1.5]), np.array([True])):
        with pytest.raises(TypeError, match="only integers"):
            pack(values)  # type: ignore[arg-type]


@pytest.mark.parametrize("packed", [Packed(width=3, base=0, data=b"abc"), Packed(width=2, base=0, data=b"abc")])
def test_nonsense_is_not_unpacked(packed: Packed) -> None:
    """An unknown width, or half a value, is an error."""
    with pytest.raises(ValueError):  # noqa: PT011
        unpack(packed, np.int64)


@given(
    st.sampled_from(["u1", "i1", ">u2", "i2", "u4", ">i4", "u8", "i8"]).flatmap(
        lambda kind: st.tuples(
            st.just(kind), st.lists(st.integers(int(np.iinfo(kind).min), int(np.iinfo(kind).max)), max_size=20)
        )
    )
)
def test_every_width_round_trips(case: tuple[str, list[int]]) -> None:
    """To both ends of each type, whatever the narrowest width turns out to be."""
    kind, values = case
    packed = pack(np.array(values, dtype=kind))
    assert [value % 2**64 for value in values] == unpack(packed, np.uint64).tolist()
    assert count_packed(packed) == len(values)


@given(st.sampled_from([0, 1, 250, 2**32 - 5, 2**63 - 7, 2**64 - 50]), st.integers(16, 40), st.integers(-1, 39))
def test_numbers_that_rise_by_one_take_no_room(first: int, count: int, odd: int) -> None:
    """However many they are; one that is out of line, and they do."""
    values = np.arange(count, dtype=np.uint64) + np.uint64(first)
    packed = pack(values)
    assert (packed.width, packed.base, len(packed.data)) == (0, first, 8)
    assert unpack(packed, np.uint64).tolist() == [*range(first, first + count)]
    assert count_packed(packed) == count
    if 0 <= odd < count - 1:
        values[[odd, odd + 1]] = values[[odd + 1, odd]]
        packed = pack(values)
        assert packed.width > 0
        assert unpack(packed, np.uint64).tolist() == values.tolist()


def test_few_numbers_that_rise_are_as_others() -> None:
    """Saying that they rise would take as much."""
    assert pack(np.arange(15)).width == 1
    assert pack(np.arange(16)).width == 0
