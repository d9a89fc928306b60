"""Readers and a writer together: how long queries keep writes waiting for the table, and writes queries.

    python -m bench.isolation [RECORDS]

A writer sends batches of a thousand records with random ids while each question of `bench.cseg`, and some that
take long on purpose, is asked again and again. What is measured is the wait for the table's lock on either side:
the delay that the one causes the other, without the processor time that both share.
"""

import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress

import numpy as np

from bench.cseg.dataset import Dataset
from bench.cseg.generate import FIRST_SIGNUP, SIGNUP_SECONDS, generate
from bench.cseg.queries import QUERIES
from bench.cseg.systems.roarbase import FIELDS, Roarbase, cseg_batch
from bench.cseg.systems.system import Unanswered
from roarbase.engine.locks import FairLock
from roarbase.engine.plan import (
    All,
    Extract,
    GroupBy,
    GroupField,
    NumberRange,
    Percentile,
    Plan,
    RecordOrder,
    Records,
    Summarize,
    SummaryValue,
)
from roarbase.model.batch import Batch
from roarbase.model.budget import Budget

_BATCH = 1000
_SECONDS_EACH = 1.5

LONG: dict[str, Plan] = {
    "a million records": Records(NumberRange("income", 0, 15_000)),
    "a million values": Extract(input=NumberRange("income", 0, 15_000), fields=("age", "city")),
    "first of an order": Extract(
        input=All(), fields=("age",), order=(RecordOrder("signup", is_descending=True),), limit=10
    ),
    "many groups": GroupBy(fields=tuple(GroupField(field=name) for name in ("income", "sex", "for_hire")), limit=10),
    "many values": Summarize(
        # Of all records there are eleven million values: more than one question may have groups.
        input=NumberRange("signup", FIRST_SIGNUP, FIRST_SIGNUP + SIGNUP_SECONDS // 8),
        keys=("signup",),
        values=(SummaryValue("count"),),
    ),
    "median of seconds": Percentile("signup", 50),  # type: ignore[arg-type]
}
"""Questions that take longer than a write should wait."""


class Waits:
    """How long each side waited for the lock, in milliseconds."""

    def __init__(self) -> None:
        self.reads: list[float] = []
        self.writes: list[float] = []

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Note every wait of every table's lock."""
        enter, exclusive = FairLock._enter_shared, FairLock.exclusive

        def timed_enter(lock: FairLock) -> None:
            started = time.perf_counter()
            enter(lock)
            self.reads.append(1e3 * (time.perf_counter() - started))

        @contextmanager
        def timed_exclusive(lock: FairLock) -> Iterator[None]:
            started = time.perf_counter()
            with exclusive(lock):
                self.writes.append(1e3 * (time.perf_counter() - started))
                yield

        FairLock._enter_shared = timed_enter  # type: ignore[method-assign]
        FairLock.exclusive = timed_exclusive  # type: ignore[method-assign]
        try:
            yield
        finally:
            FairLock._enter_shared, FairLock.exclusive = enter, exclusive  # type: ignore[method-assign]


def _write_on(system: Roarbase, data: Dataset, is_done: threading.Event) -> None:
    """Write again records that are there, in random batches, one after the other."""
    random = np.random.default_rng(3)
    template = cseg_batch(data, slice(0, _BATCH))
    while not is_done.is_set():
        ids = random.integers(0, len(data), _BATCH).astype(np.uint64)
        written: Future[object] = Future()
        system.engine.write(Batch(table="cseg", ids=ids, columns=template.columns), written.set_result)
        written.result()


def _ask_on(name: str, system: Roarbase, waits: Waits) -> None:
    reads, writes = len(waits.reads), len(waits.writes)
    times = []
    until = time.perf_counter() + _SECONDS_EACH
    while time.perf_counter() < until or not times:
        started = time.perf_counter()
        if name in LONG:
            system.engine.run("cseg", LONG[name], Budget())
        else:
            with suppress(Unanswered):
                system.run(next(query for query in QUERIES if query.name == name), "pql")
        times.append(1e3 * (time.perf_counter() - started))
    own = [max(side, default=0.0) for side in (waits.writes[writes:], waits.reads[reads:])]
    print(
        f"{name:24} {np.median(times):10.2f} {own[0]:10.2f} {own[1]:10.2f} {len(waits.writes) - writes:8}", flush=True
    )


def main(records: int = 20 * 2**20) -> None:
    data, system, waits = generate(records), Roarbase(), Waits()
    started = time.perf_counter()
    system.load(data)
    print(f"{records:,} records of {len(FIELDS['cseg'])} fields in {time.perf_counter() - started:.1f} s")
    is_done = threading.Event()
    writer = threading.Thread(target=_write_on, args=(system, data, is_done), daemon=True)
    with waits.measured():
        writer.start()
        print(f"{'milliseconds':24} {'query':>10} {'write waits':>10} {'read waits':>10} {'holds':>8}")
        for name in [*(query.name for query in QUERIES), *LONG]:
            _ask_on(name, system, waits)
        is_done.set()
        writer.join()
    print(f"longest wait of a write {max(waits.writes):.1f} ms, of a query {max(waits.reads):.1f} ms")
    system.close()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
