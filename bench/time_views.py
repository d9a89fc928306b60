"""Sets of hundreds of rows, and rows at times: how fast they are written, what they hold, how fast they are asked.

    python -m bench.time_views [RECORDS]

One table has a plain set and a time field with years, months and days over twenty days: three rows for every record,
and 300 more for one record in a hundred. A second has five rows for every record over two years of hours, in order of
time. Times are the least of several tries: on the clock, and of the processor.
"""

import sys
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.plan import Count, Extract, FieldDuring, Plan, RecordSet, RowIs, Rows, TimeRange, TopRows
from roarbase.model.batch import Batch, SetColumn
from roarbase.model.budget import Budget
from roarbase.model.changes import CreateField, CreateTable
from roarbase.model.fields import FieldSpec, FieldType

__all__: list[str] = []

_START_S = 1_640_995_200
_DAY_S = 86_400
_BATCH = 10_000
_HEAVY_BATCH = 1000
_HEAVY_ROWS = 300
_ASKED = 1000
_TRIES = 7


def main(records: int = 1_000_000) -> None:
    """Print what was measured as it goes."""
    days = _Measured("YMD", rows=2000)
    days.load("set and time field, 20 days", _days(records, days.random))
    heavy = tuple(range(0, records, max(records // 10_000, 1)))[:_ASKED]
    days.ask(f"Extract of {len(heavy)} records, plain set", Extract(input=RecordSet(heavy), fields=("set",)))
    for first, last in ((0, 20), (3, 10)):
        days.ask_between(first * _DAY_S, last * _DAY_S, heavy)
    hours = _Measured("YMDH", rows=10_000)
    hours.load("set and time field, 2 years of hours", _hours(records, hours.random))
    for first, last in ((0, 730), (375, 382), (375, 500)):
        hours.ask_between(first * _DAY_S, last * _DAY_S, heavy)


class _Measured:
    """A table of a set and a time field that hold the same rows."""

    def __init__(self, quantum: str, rows: int) -> None:
        self.random = np.random.default_rng(7)
        self._rows = rows
        self._state = BitmapState()
        self._state.apply(CreateTable(table="t", name="t", is_keyed=False))
        for name, spec in (
            ("set", FieldSpec(name="set", type=FieldType.SET)),
            ("seen", FieldSpec(name="seen", type=FieldType.TIME, quantum=quantum)),
        ):
            self._state.apply(CreateField(table="t", field_id=name, spec=spec))

    def load(self, title: str, batches: Iterator[tuple[NDArray[np.uint64], int, NDArray[np.int64]]]) -> None:
        """Write records, with so many random rows each, at their times."""
        started, count = time.perf_counter(), 0
        for ids, each, times in batches:
            offsets = np.arange(len(ids) + 1, dtype=np.int64) * each
            rows = self.random.integers(0, self._rows, len(ids) * each).astype(np.uint64)
            columns = (
                SetColumn(field="set", offsets=offsets, rows=rows),
                SetColumn(field="seen", offsets=offsets, rows=rows, times=times),
            )
            self._state.apply(self._state.assign(Batch(table="t", columns=columns, ids=ids)))
            count += len(rows)
        seconds = time.perf_counter() - started
        memory = self._state.memory_bytes() / count
        print(f"{title}: {count:,} rows, {count / seconds:,.0f} a second, {memory:.1f} bytes each in both fields")

    def ask_between(self, start: int, stop: int, heavy: tuple[int, ...]) -> None:
        """What every kind of question takes from one time to another."""
        during = TimeRange(_START_S + start, _START_S + stop)
        days = f"{(stop - start) // _DAY_S} days from day {start // _DAY_S}"
        self.ask(f"{days}: Count of a row", Count(RowIs("seen", 5, during)))
        self.ask(f"{days}: Rows", Rows(field="seen", during=during))
        self.ask(f"{days}: TopRows", TopRows(field="seen", k=10, during=during))
        extract = Extract(input=RecordSet(heavy), fields=(FieldDuring("seen", during),))
        self.ask(f"{days}: Extract of {len(heavy)} records", extract)

    def ask(self, title: str, plan: Plan) -> None:
        """Print the least time of several tries, the first left out."""
        self._state.run("t", plan, Budget())
        clock, processor = zip(*(self._tried(plan) for _ in range(_TRIES)), strict=True)
        print(f"  {title}: {min(clock):.1f} ms, {min(processor):.1f} ms of the processor", flush=True)

    def _tried(self, plan: Plan) -> tuple[float, float]:
        clock, processor = time.perf_counter(), time.process_time()
        self._state.run("t", plan, Budget())
        return (time.perf_counter() - clock) * 1e3, (time.process_time() - processor) * 1e3


def _days(records: int, random: np.random.Generator) -> Iterator[tuple[NDArray[np.uint64], int, NDArray[np.int64]]]:
    for start in range(0, records, _BATCH):
        ids = np.arange(start, min(start + _BATCH, records), dtype=np.uint64)
        yield ids, 3, _START_S + random.integers(0, 20 * _DAY_S, len(ids))
    heavy = np.arange(0, records, max(records // 10_000, 1), dtype=np.uint64)
    for start in range(0, len(heavy), _HEAVY_BATCH):
        for _ in range(15):
            ids = heavy[start : start + _HEAVY_BATCH]
            yield ids, _HEAVY_ROWS // 15, _START_S + random.integers(0, 20 * _DAY_S, len(ids))


def _hours(records: int, random: np.random.Generator) -> Iterator[tuple[NDArray[np.uint64], int, NDArray[np.int64]]]:
    batches = max(records * 5 // _BATCH, 1)
    for batch in range(batches):
        ids = np.sort(random.integers(0, records, _BATCH).astype(np.uint64))
        start = _START_S + batch * 730 * _DAY_S // batches
        yield ids, 1, start + random.integers(0, 730 * _DAY_S // batches, len(ids))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
