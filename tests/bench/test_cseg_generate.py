"""The generator of the benchmark: the same data for the same seed, of the shape that the queries rely on."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from bench.cseg.dataset import CITIES, SCALARS, SETS, Dataset, Lists, load_dataset, save_dataset
from bench.cseg.generate import BLOCK, BUCKETS, FIRST_SIGNUP, SIGNUP_SECONDS, generate

RECORDS = 100_000
DAY_SECONDS = 86_400


@pytest.fixture(scope="module")
def data() -> Dataset:
    return generate(RECORDS)


def columns(data: Dataset) -> dict[str, bytes]:
    """Every column as bytes, by name."""
    found = {}
    for field in fields(data):
        column = getattr(data, field.name)
        parts = (column.offsets, column.rows) if isinstance(column, Lists) else (column,)
        found[field.name] = b"".join(part.dtype.str.encode() + part.tobytes() for part in parts)
    return found


def test_the_same_seed_gives_the_same_data(data: Dataset) -> None:
    """Two runs make the same bytes."""
    assert columns(generate(RECORDS)) == columns(data)


def test_another_seed_gives_other_data(data: Dataset) -> None:
    """Every column follows the seed."""
    other = columns(generate(RECORDS, seed=2))
    assert [name for name, content in columns(data).items() if other[name] == content] == []


def test_the_first_records_do_not_depend_on_how_many_follow() -> None:
    """A small dataset is the beginning of a large one, across the end of a block too; only signup spreads anew."""
    large, small = generate(BLOCK + 1000), generate(BLOCK + 10)
    for number in (0, 1, BLOCK - 1, BLOCK, BLOCK + 9):
        one, other = small.record(number), large.record(number)
        assert one[:7] + one[8:] == other[:7] + other[8:]
    assert small.person.tolist() == large.person[: len(small.person)].tolist()
    assert len(large) == BLOCK + 1000


@pytest.mark.parametrize("records", [1, 2, 1000])
def test_any_number_of_records(records: int) -> None:
    """Every column has an entry per record, every list a beginning and an end."""
    data = generate(records)
    assert {len(getattr(data, name)) for name in SCALARS} == {records}
    for name in SETS:
        lists = data.lists(name)
        assert (lists.offsets[0], lists.offsets[-1], len(lists.offsets)) == (0, len(lists.rows), records + 1)


@pytest.mark.parametrize("records", [0, -1])
def test_no_records_are_refused(records: int) -> None:
    """A dataset without records is a mistake of the caller."""
    with pytest.raises(ValueError, match="one record or more"):
        generate(records)


def test_scalars_keep_their_ranges(data: Dataset) -> None:
    """Ages and prices are even, incomes are skewed and capped, sexes are halves, a third is for hire."""
    assert (data.age.min(), data.age.max()) == (18, 90)
    assert data.age.mean() == pytest.approx(54, abs=0.5)
    assert 0 <= data.income.min() < 500
    assert data.income.max() <= 300_000
    assert data.income.mean() == pytest.approx(61_600, rel=0.02)
    assert np.median(data.income) < data.income.mean()
    assert data.sex.mean() == pytest.approx(0.5, abs=0.01)
    assert data.for_hire.mean() == pytest.approx(0.3, abs=0.01)
    assert (data.price.min() >= 0, data.price.max() < 1_000_000) == (True, True)
    assert data.price.mean() == pytest.approx(500_000, rel=0.02)


def test_cities_fall_off(data: Dataset) -> None:
    """All keys occur, the first about 200 times as often as the last."""
    counts = np.bincount(data.city, minlength=len(CITIES))
    assert len(counts) == len(CITIES)
    assert counts.min() > 0
    assert counts[0] / RECORDS == pytest.approx(0.0377, rel=0.1)
    assert counts[:10].sum() > 20 * counts[-10:].sum()


def test_people_sign_up_in_order_of_days(data: Dataset) -> None:
    """Records follow each other in time, except within a day."""
    assert data.signup.min() >= FIRST_SIGNUP
    assert data.signup.max() < FIRST_SIGNUP + SIGNUP_SECONDS + DAY_SECONDS
    assert (np.maximum.accumulate(data.signup) - data.signup).max() < DAY_SECONDS
    assert (np.diff(data.signup) < 0).any()


@pytest.mark.parametrize(
    ("name", "rows", "least", "most", "mean"),
    [("education", 8, 1, 2, 1.41), ("hobbies", 100, 1, 5, 2.72), ("skills", 200, 0, 6, 2.96)],
)
def test_sets_hold_different_rows(data: Dataset, name: str, rows: int, least: int, most: int, mean: float) -> None:
    """Each record's rows are ascending and different, within the number of draws; every row occurs."""
    lists = data.lists(name)
    lengths = np.diff(lists.offsets)
    assert (lengths.min(), lengths.max()) == (least, most)
    assert lengths.mean() == pytest.approx(mean, abs=0.02)
    assert sorted(set(lists.rows.tolist())) == list(range(rows))
    same_record = lists.records()[1:] == lists.records()[:-1]
    assert (np.diff(lists.rows.astype(int))[same_record] > 0).all()


def test_the_common_hobby_is_held_by_half(data: Dataset) -> None:
    """Hobbies fall off: half hold the first one, about every eleventh the sixth that the queries ask for."""
    assert data.hobbies.holds(0).mean() == pytest.approx(0.52, abs=0.02)
    assert data.hobbies.holds(5).mean() == pytest.approx(0.094, abs=0.01)
    assert data.hobbies.holds(99).mean() < 0.01


def test_the_second_table_holds_half_of_the_people(data: Dataset) -> None:
    """Its people are different, ascending, about half of all; buckets are even."""
    assert len(data.person) == len(data.bucket)
    assert len(data.person) / RECORDS == pytest.approx(0.5, abs=0.01)
    assert (np.diff(data.person.astype(int)) > 0).all()
    assert data.person.max() < RECORDS
    assert np.bincount(data.bucket, minlength=BUCKETS).min() > 0.8 * len(data.person) / BUCKETS
    assert data.bucket.max() == BUCKETS - 1


def test_a_saved_dataset_is_read_back(tmp_path: Path) -> None:
    """What the workers map into memory is what was made."""
    data = generate(1000)
    save_dataset(data, tmp_path)
    assert columns(load_dataset(tmp_path)) == columns(data)


def test_lists_know_their_records() -> None:
    """The record of each entry, and who holds a row; an empty list holds nothing."""
    lists = Lists(np.array([0, 2, 2, 3], np.int32), np.array([1, 7, 7], np.uint8))
    assert lists.records().tolist() == [0, 0, 2]
    assert lists.holds(7).tolist() == [True, False, True]
    assert lists.holds(3).tolist() == [False, False, False]
