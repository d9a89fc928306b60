"""Bulk loads of the cseg data in process, from Arrow and from Parquet: records per second, what they keep, reopening.

    python -m bench.embedded_load [RECORDS]

A load ends when everything is on disk and seen by the next statement. The memory from which Arrow data is loaded, and
the files of Parquet, are made before and not counted.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

import roarbase
from bench.cseg.arrow import cseg_table
from bench.cseg.generate import generate
from bench.cseg.machine import busy_cores
from roarbase.embedded import Database

__all__ = ["main"]

FIELDS = {
    "age": {"type": "int", "min": 0, "max": 150},
    "income": {"type": "int", "min": 0, "max": 1_000_000},
    "sex": "id",
    "city": "string",
    "for_hire": "bool",
    "price": {"type": "decimal", "scale": 2},
    "signup": "timestamp",
    "education": "idset",
    "hobbies": "idset",
    "skills": "idset",
}
_CACHE = Path.home() / ".cache" / "roarbase"
_CHECK = "select count(*), sum(income), sum(price) from cseg"


def main(records: int = 5_000_000) -> None:
    """Print one figure per line."""
    print(f"{records:,} records; {busy_cores():.1f} cores busy with other things before it began")
    table = cseg_table(generate(records))
    with tempfile.TemporaryDirectory() as folder:
        parquet = Path(folder) / "cseg.parquet"
        pq.write_table(table, parquet)
        for name, source in (("Arrow", table), ("Parquet", parquet)):
            _measure(name, Path(folder) / name, records, lambda db, source=source: db.load("cseg", source, id="id"))


def _measure(name: str, path: Path, records: int, load: Callable[[Database], Any]) -> None:
    with roarbase.open(path, kernel_cache_dir=_CACHE) as db:
        db.create_table("cseg", FIELDS, keys=False)
        compiled = "compiled" if db.wait_for_kernels(300) else "plain"
        started, busy = time.perf_counter(), time.process_time()
        load(db)
        seconds, busy = time.perf_counter() - started, time.process_time() - busy
        answer = db.sql(_CHECK).rows
        first = time.perf_counter() - started - seconds
    each = f"{busy / records * 1e9:.0f} ns of processor each"
    print(f"{name}, {compiled} kernels: {records / seconds:,.0f} records/s, {each}")
    print(f"  first statement after it: {first * 1000:.1f} ms")
    started = time.perf_counter()
    with roarbase.open(path, kernel_cache_dir=_CACHE) as db:
        seconds = time.perf_counter() - started
        assert db.sql(_CHECK).rows == answer
    print(f"  opened again in {seconds:.2f} s: {records / seconds:,.0f} records/s")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
