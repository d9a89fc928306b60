"""Batches of a thousand records with random ids, written to millions of records: records per second, and what a query
right behind a batch takes.

    python -m bench.column_batches [RECORDS]

The batches carry all fields of `bench.cseg` as columns and are made before. All 29 questions have been asked, so
there are bitmaps and counters to be kept. "Through the log" is the whole way of a write, on disk and visible. Of the
writer's part, "found" is the check of a batch and the search for its ids and keys, and "applied" the change of columns,
bitmaps and counters.
"""

import statistics
import sys
import time

import numpy as np

from bench.cseg.dataset import Dataset
from bench.cseg.generate import generate
from bench.cseg.machine import busy_cores
from bench.cseg.queries import QUERIES
from bench.cseg.queries.query import Query
from bench.cseg.systems.roarbase import Roarbase, cseg_batch
from roarbase.model.batch import Batch

__all__ = ["main"]

_BATCH = 1000
_BATCHES = 400
_ROUNDS = 41
_WAY = "pql"


def main(records: int = 20 * 2**20) -> None:
    """Print the rates, then a line per question."""
    print(f"{records:,} records; {busy_cores():.1f} cores busy with other things before it began")
    system = Roarbase()
    system.load(generate(records))
    for query in QUERIES:
        for _ in range(3):
            system.run(query, _WAY)
    batches = _batches(generate(_BATCH * _BATCHES, seed=2), records)
    through_log, in_memory = batches[: _BATCHES // 2], batches[_BATCHES // 2 :]
    seconds = system.write_all(through_log)
    print(f"through the log: {len(through_log) * _BATCH / seconds:,.0f} records/s")
    times = [system.apply(batch) for batch in in_memory]
    for name, seconds in zip(("found", "applied"), map(statistics.median, zip(*times, strict=True)), strict=True):
        print(f"{name}: {_BATCH / seconds:,.0f} records/s, {seconds * 1e3:.2f} ms per batch")
    print(f"{'milliseconds':24} {'before':>10} {'behind a batch':>15} {'ratio':>7}")
    for query in QUERIES:
        before, behind = _ask(system, query, batches)
        print(f"{query.name:24} {before:10.3f} {behind:15.3f} {behind / before:7.2f}")
    system.close()


def _batches(data: Dataset, records: int) -> list[Batch]:
    """The records of a dataset under random ids below `records`."""
    random = np.random.default_rng(3)
    batches = []
    for start in range(0, len(data), _BATCH):
        columns = cseg_batch(data, slice(start, start + _BATCH)).columns
        ids = random.choice(records, _BATCH, replace=False).astype(np.uint64)
        batches.append(Batch(table="cseg", ids=ids, columns=columns))
    return batches


def _ask(system: Roarbase, query: Query, batches: list[Batch]) -> tuple[float, float]:
    """Medians in milliseconds: of a question asked twice, the second time, and of one asked right behind a batch."""
    before, behind = [], []
    for number in range(_ROUNDS):
        system.run(query, _WAY)
        before.append(_ms(system, query))
        system.apply(batches[number])
        behind.append(_ms(system, query))
    return statistics.median(before), statistics.median(behind)


def _ms(system: Roarbase, query: Query) -> float:
    started = time.perf_counter()
    system.run(query, _WAY)
    return (time.perf_counter() - started) * 1e3


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
