"""Polars: lazy frames over memory with list columns, and each set again as a bridge frame sorted by row.

Every idiom is collected by the in-memory engine and by the streaming engine, up to rows of Python
values, as from DuckDB; the faster counts.
"""

import importlib
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from bench.cseg.arrow import COLUMNS, bridge_table, cseg_table, other_table
from bench.cseg.conditions import Condition
from bench.cseg.dataset import CITIES, SETS, Dataset
from bench.cseg.queries.query import LAST_FROM_END, Query, Rows
from bench.cseg.systems.system import Loaded, plain_rows

__all__ = ["Frames", "Polars"]

_ENGINES = ("in-memory", "streaming")


class Frames:
    """What the idioms of the table of queries are written with."""

    columns = COLUMNS

    def __init__(self, polars: Any, data: Dataset) -> None:
        self._polars = polars
        self.col = polars.col
        self.count = polars.len()
        self.concat = polars.concat
        self.last = len(data) - LAST_FROM_END
        table = polars.from_arrow(cseg_table(data))
        table = table.with_columns(self.col("id").set_sorted(), self.col("city").cast(polars.Enum(CITIES)))
        self.cseg = table.lazy()
        self._bridges: dict[str, Any] = {}
        self._other: Any = None

    def add_other_tables(self, data: Dataset) -> None:
        """The second table, and the bridge frames."""
        polars, col = self._polars, self.col
        self._other = polars.from_arrow(other_table(data)).with_columns(col("person").set_sorted()).lazy()
        for name in SETS:
            frame = polars.from_arrow(bridge_table(data, name))
            self._bridges[name] = frame.with_columns(col("v").set_sorted()).lazy()

    def has(self, name: str, row: int) -> Any:
        """Whether a list column holds a row."""
        return self.col(name).list.contains(row)

    def pairs(self, name: str) -> Any:
        """The bridge frame of a set: `v` and `id`."""
        return self._bridges[name]

    def ids(self, name: str, row: int) -> Any:
        """The ids of the records that hold a row, by the bridge frame."""
        return self.pairs(name).filter(self.col("v") == row).select("id")

    def among(self, name: str, row: int) -> Any:
        """The records that hold a row, by the bridge frame."""
        return self.ids(name, row).join(self.cseg, on="id")

    @property
    def chosen(self) -> Any:
        """The records of a sex with a hobby."""
        return self.cseg.filter((self.col("sex") == 1) & self.has("hobbies", 5))

    @property
    def chosen_by_bridge(self) -> Any:
        return self.among("hobbies", 5).filter(self.col("sex") == 1)

    def joined(self, condition: Any, bucket_stop: int, how: str) -> Any:
        """The records that fulfil a condition and are in the second table in a bucket below `bucket_stop`."""
        other = self._other.filter(self.col("bucket") < bucket_stop)
        return self.cseg.filter(condition).join(other, left_on="id", right_on="person", how=how)

    def top(self, frame: Any, name: str, limit: int) -> Any:
        """The most frequent values of a column, ties by value."""
        return frame.group_by(name).len().sort("len", name, descending=[True, False]).limit(limit)

    def sum(self, name: str) -> Any:
        # Polars sums 32-bit integers into 64 bits only if told to.
        return self.col(name).cast(self._polars.Int64).sum()

    def median(self, name: str) -> Any:
        return self.col(name).quantile(0.5, "lower")

    def extremes_and_mean(self, name: str) -> Sequence[Any]:
        column = self.col(name)
        return column.min().alias("min"), column.max().alias("max"), column.mean().alias("mean")

    def moment(self, seconds: int) -> Any:
        """A time since 1970 as a literal."""
        return self._polars.lit(datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None))


class Polars:
    """Frames in memory."""

    warm_up_runs = 1

    def __init__(self, *, threads: int = 2) -> None:
        # Read once, when the library is loaded.
        os.environ["POLARS_MAX_THREADS"] = str(threads)
        self._polars: Any = importlib.import_module("polars")
        self.version = str(self._polars.__version__)
        self._frames: Frames | None = None

    def load(self, data: Dataset) -> Loaded:
        started = time.perf_counter()
        self._frames = Frames(self._polars, data)
        seconds = time.perf_counter() - started
        self._frames.add_other_tables(data)
        return Loaded(seconds=seconds)

    def ways(self, query: Query) -> Sequence[str]:
        return tuple(f"{name} {engine}" for name in query.polars for engine in _ENGINES)

    def run(self, query: Query, way: str) -> Any:
        name, _, engine = way.rpartition(" ")
        return query.polars[name](self._frames).collect(engine=engine).rows()

    def rows(self, query: Query, answer: Any) -> Rows:  # noqa: ARG002
        return plain_rows(answer)

    def bring_about(self, condition: Condition) -> bool:
        return condition is Condition.WARM

    def memory_bytes_or_none(self) -> int | None:
        return None

    def close(self) -> None:
        self._frames = None
