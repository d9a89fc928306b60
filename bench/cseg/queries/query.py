"""What a line of the table of queries says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.cseg.dataset import Dataset

__all__ = [
    "FIELDS",
    "LAST_FROM_END",
    "AnyOf",
    "PolarsIdiom",
    "Query",
    "Rows",
    "Shape",
    "first_table",
    "incomes_of",
    "values_only",
]

Rows = list[list[Any]]
"""An answer: rows of int, float, str, bool and lists of int."""

Shape = Callable[[list[Rows]], Rows]
"""From what Roarbase answers, a table per call, to the rows that the peers answer."""

PolarsIdiom = Callable[[Any], Any]
"""From the frames (`systems.polars.Frames`) to a lazy frame."""

FIELDS = ", ".join(
    f"Rows({name})"
    for name in (
        "age",
        "income",
        "sex",
        "city",
        "for_hire",
        "price",
        "signup",
        "education",
        "hobbies",
        "skills",
    )
)
"""The fields of Extract, in the order of the peers' columns."""

_LINE_BYTES = 64

LAST_FROM_END = 77
"""The record asked for by id stands so far before the end."""


def first_table(tables: list[Rows]) -> Rows:
    """The answer of a statement with one call, as it is."""
    return tables[0]


def values_only(tables: list[Rows]) -> Rows:
    """The first column: Sum also says how many records it stands for."""
    return [row[:1] for row in tables[0]]


@dataclass(frozen=True, kw_only=True, slots=True)
class AnyOf:
    """An answer that may be any `limit` records out of `among`: a limit without an order."""

    limit: int
    among: Callable[[Dataset], NDArray[np.bool_]]


def incomes_of(chosen: Callable[[Dataset], NDArray[np.bool_]], bitmaps: int) -> Callable[[Dataset], float]:
    """What it takes to read so many bitmaps, and the incomes, of 4 bytes, of the records that they choose."""

    def touched_bytes(data: Dataset) -> float:
        among = chosen(data)
        lines = np.logical_or.reduceat(among, np.arange(0, len(among), _LINE_BYTES // 4))
        return bitmaps * len(among) / 8 + int(lines.sum()) * _LINE_BYTES

    return touched_bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A question, and how each system is asked.

    Peers have one idiom or more, by a name; the fastest counts. `{last}` in a text is the id of a
    record near the end. In the texts for chdb, `from cseg` is asked on both table engines.

    Attributes:
        name: As in the list of the study.
        asks: The question in words.
        pql: A statement on the tables `cseg` and `other`.
        shape: What of Roarbase's answer the peers answer too.
        is_ordered: The order of the rows is part of the answer.
        tolerance: How far numbers may lie apart, relative to their size.
        touches: The bytes that have to be read for it, where that is what it takes: bitmaps, and the lines of 64
            bytes of a column that hold a record to be looked at.
        any_of: Set where systems may choose which records they give.
    """

    name: str
    asks: str
    pql: str
    duckdb: Mapping[str, str]
    chdb: Mapping[str, str]
    polars: Mapping[str, PolarsIdiom]
    shape: Shape = field(default=first_table)
    is_ordered: bool = False
    tolerance: float = 0
    touches: Callable[[Dataset], float] | None = None
    any_of: AnyOf | None = None
