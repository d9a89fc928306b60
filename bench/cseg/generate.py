"""The generator: any number of records, the same ones for the same seed and number.

Records are made in blocks, each from a random stream of its own, so that memory stays small
beside the result and the first records of a large dataset are those of a small one (`signup`
apart, which spreads the records over the same three years whatever their number).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.cseg.dataset import CITIES, SCALARS, SETS, Dataset, Lists

__all__ = ["BLOCK", "BUCKETS", "FIRST_SIGNUP", "SIGNUP_SECONDS", "generate"]

BLOCK = 2**18
BUCKETS = 50
FIRST_SIGNUP = 1_600_000_000
SIGNUP_SECONDS = 100_000_000
"""People come in order of id over this time; within a day, in any order."""

_DAY_SECONDS = 86_400
_DRAWS = 2**16
_NOTHING = 255
"""No row: above every row id of the set fields."""

Block = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _SetShape:
    """How a set field is drawn: `least` to `most` draws; the same row drawn twice counts once."""

    table: NDArray[np.uint8]
    least: int
    most: int


def _draw_table(weights: NDArray[np.float64]) -> NDArray[np.int64]:
    """65,536 numbers below len(weights), each as often as its weight says: a 16-bit draw picks one.

    >>> np.bincount(_draw_table(np.array([1.0, 3.0]))).tolist()
    [16384, 49152]
    """
    shares = weights / weights.sum() * _DRAWS
    quotas = np.floor(shares).astype(np.int64)
    # What rounding down left over goes to those that lost most.
    quotas[np.argsort(quotas - shares, kind="stable")[: _DRAWS - quotas.sum()]] += 1
    return np.repeat(np.arange(len(weights)), quotas)


def _falling(count: int, start: int, power: float) -> NDArray[np.float64]:
    """Weights 1 / (start + i)^power: few rows are common, many are rare."""
    return 1 / (np.arange(count) + start) ** power


_CITY_TABLE = _draw_table(_falling(len(CITIES), 5, 1.0)).astype(np.uint16)
_SET_SHAPES = {
    "education": _SetShape(_draw_table(np.array([5.0, 20, 15, 10, 25, 10, 5, 1])).astype(np.uint8), 1, 2),
    "hobbies": _SetShape(_draw_table(_falling(100, 1, 1.1)).astype(np.uint8), 1, 5),
    "skills": _SetShape(_draw_table(_falling(200, 10, 0.7)).astype(np.uint8), 0, 6),
}


def generate(records: int, *, seed: int = 1) -> Dataset:
    """Make a dataset of `records` people."""
    if records < 1:
        raise ValueError(f"a dataset has one record or more, not {records}")
    blocks = [_block(seed, start, count, records) for start, count in _blocks(records)]
    # Taken out of the blocks, so that no column is held twice for long.
    columns: Block = {
        name: np.concatenate([block.pop(name) for block in blocks]) for name in (*SCALARS, "person", "bucket")
    }
    columns |= {name: _lists([block.pop(name) for block in blocks]) for name in SETS}
    return Dataset(**columns)


def _blocks(records: int) -> Iterator[tuple[int, int]]:
    for start in range(0, records, BLOCK):
        yield start, min(BLOCK, records - start)


def _block(seed: int, start: int, count: int, records: int) -> Block:
    """The records from `start` on, drawn as a whole block and then cut to `count`."""
    chance = np.random.default_rng([seed, start])
    ids = np.arange(start, start + BLOCK)
    columns: Block = {
        "age": chance.integers(18, 91, BLOCK, dtype=np.uint8),
        "income": np.minimum(chance.gamma(2.2, 28_000, BLOCK), 300_000).astype(np.int32),
        "sex": chance.integers(0, 2, BLOCK, dtype=np.uint8),
        "city": _CITY_TABLE[chance.integers(0, _DRAWS, BLOCK, dtype=np.uint16)],
        "for_hire": chance.random(BLOCK) < 0.3,
        "price": chance.integers(0, 1_000_000, BLOCK, dtype=np.int32),
        "signup": FIRST_SIGNUP + ids * SIGNUP_SECONDS // records + chance.integers(0, _DAY_SECONDS, BLOCK),
    }
    columns = {name: column[:count] for name, column in columns.items()}
    for name, shape in _SET_SHAPES.items():
        columns[name] = _draw_sets(chance, shape, count)
    is_there = (chance.random(BLOCK) < 0.5)[:count]
    columns["person"] = ids[:count][is_there].astype(np.uint32)
    columns["bucket"] = chance.integers(0, BUCKETS, BLOCK, dtype=np.uint8)[:count][is_there]
    return columns


def _draw_sets(chance: np.random.Generator, shape: _SetShape, count: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The rows of `count` records, one after another, and how many each has."""
    rows = shape.table[chance.integers(0, _DRAWS, (BLOCK, shape.most), dtype=np.uint16)]
    draws = chance.integers(shape.least, shape.most + 1, BLOCK)
    rows[np.arange(shape.most) >= draws[:, None]] = _NOTHING
    rows.sort(axis=1)
    is_kept = rows != _NOTHING
    is_kept[:, 1:] &= rows[:, 1:] != rows[:, :-1]
    return rows[:count][is_kept[:count]], np.count_nonzero(is_kept[:count], axis=1)


def _lists(blocks: list[tuple[NDArray[Any], NDArray[Any]]]) -> Lists:
    rows = np.concatenate([rows for rows, _ in blocks])
    lengths = np.concatenate([[0], *(lengths for _, lengths in blocks)])
    return Lists(np.cumsum(lengths, dtype=np.int32), rows)
