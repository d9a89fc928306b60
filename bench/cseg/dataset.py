"""The data of the benchmark: one table of people, and a second one that holds half of them.

`cseg` is a customer segmentation table. Records are 0, 1, 2, ... and every field has a value:

    age        int, 18 to 90                 price      decimal with two places, in hundredths here
    income     int, 0 to 300,000             signup     timestamp, seconds since 1970
    sex        one of 2 rows                 education  set, 1 or 2 draws from 8 rows
    city       one of 1,000 keys, as codes   hobbies    set, 1 to 5 draws from 100 rows
    for_hire   true or false                 skills     set, 0 to 6 draws from 200 rows

`other` holds, for half of the people, their id (`person`) and one of 50 buckets.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["CITIES", "SCALARS", "SETS", "Dataset", "Lists", "load_dataset", "save_dataset"]

CITIES = tuple(f"city_{number:04d}" for number in range(1000))
"""The keys of the field `city`, by code."""

SCALARS = ("age", "income", "sex", "city", "for_hire", "price", "signup")
SETS = ("education", "hobbies", "skills")


@dataclass(frozen=True, slots=True)
class Lists:
    """A set field: record i holds `rows[offsets[i]:offsets[i + 1]]`, ascending and different."""

    offsets: NDArray[np.int32]
    rows: NDArray[np.uint8]

    def records(self) -> NDArray[np.uint32]:
        """For each entry of `rows`, the record that holds it."""
        return np.repeat(np.arange(len(self.offsets) - 1, dtype=np.uint32), np.diff(self.offsets))

    def holds(self, row: int) -> NDArray[np.bool_]:
        """Which records hold this row."""
        held = np.zeros(len(self.offsets) - 1, np.bool_)
        held[self.records()[self.rows == row]] = True
        return held


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """Both tables, a column each, in the narrowest type that holds it."""

    age: NDArray[np.uint8]
    income: NDArray[np.int32]
    sex: NDArray[np.uint8]
    city: NDArray[np.uint16]
    for_hire: NDArray[np.bool_]
    price: NDArray[np.int32]
    signup: NDArray[np.int64]
    education: Lists
    hobbies: Lists
    skills: Lists
    person: NDArray[np.uint32]
    bucket: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.age)

    def lists(self, name: str) -> Lists:
        """A set field by its name."""
        found: Lists = getattr(self, name)
        return found

    def record(self, number: int) -> list[Any]:
        """A record as answers show it: its id, then its values in the order above."""
        scalars = {name: getattr(self, name)[number].item() for name in SCALARS}
        scalars["city"] = CITIES[scalars["city"]]
        sets = [f.rows[f.offsets[number] : f.offsets[number + 1]].tolist() for f in map(self.lists, SETS)]
        return [number, *scalars.values(), *sets]


def save_dataset(data: Dataset, directory: Path) -> None:
    """Write every column to a file of its own."""
    for field in fields(data):
        column = getattr(data, field.name)
        if isinstance(column, Lists):
            np.save(directory / f"{field.name}.offsets.npy", column.offsets)
            np.save(directory / f"{field.name}.rows.npy", column.rows)
        else:
            np.save(directory / f"{field.name}.npy", column)


def load_dataset(directory: Path) -> Dataset:
    """Map the files of `save_dataset` into memory: pages are read when they are used."""
    columns = {field.name: _load(directory, field.name) for field in fields(Dataset)}
    return Dataset(**columns)


def _load(directory: Path, name: str) -> Any:
    if name in SETS:
        return Lists(_map(directory / f"{name}.offsets.npy"), _map(directory / f"{name}.rows.npy"))
    return _map(directory / f"{name}.npy")


def _map(path: Path) -> Any:
    return np.load(path, mmap_mode="r")
