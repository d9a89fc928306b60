"""Starts from snapshots: how long until the first answer, and how much is on disk.

    python -m bench.starts [RECORDS] [KEYED_RECORDS]

Two databases are loaded and closed, which writes snapshots: the cseg table, and one whose records are known by string
keys. Then a process of its own opens each, as a restart does, and asks for a group and a count.
"""

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

import roarbase
from bench.cseg.arrow import cseg_table
from bench.cseg.generate import generate
from bench.cseg.machine import busy_cores
from bench.embedded_load import FIELDS
from roarbase.embedded import Database
from roarbase.engine.bitmap_state import BitmapState
from roarbase.engine.local import open_local_engine
from roarbase.engine.storage.disk_file_store import DiskFileStore

__all__ = ["main"]

STARTS = 5
_PIECE = 1 << 20
_CACHE = Path.home() / ".cache" / "roarbase"

_START = """
import sys, time
from pathlib import Path
started = time.perf_counter()
import roarbase
imported = time.perf_counter()
with roarbase.open(sys.argv[1], kernel_cache_dir=Path(sys.argv[2])) as db:
    opened = time.perf_counter()
    db.pql(sys.argv[3])
    answered = time.perf_counter()
print(opened - imported, answered - imported)
"""


def main(records: int = 20_971_520, keyed: int = 5_000_000) -> None:
    """Print a line for each database."""
    print(f"{busy_cores():.1f} cores busy with other things before it began")
    with tempfile.TemporaryDirectory() as folder:
        people = Path(folder) / "cseg"
        with _database(people) as db:
            db.create_table("cseg", FIELDS, keys=False)
            db.load("cseg", cseg_table(generate(records)), id="id")
        _settle(people)
        _measure(people, "cseg", records, "[cseg]GroupBy(Rows(education))")
        keys = Path(folder) / "keys"
        with _database(keys) as db:
            db.create_table("k", {"n": "int"}, keys=True)
            for piece in _keyed(keyed):
                db.load("k", piece, id="key")
        _settle(keys)
        _measure(keys, "string keys of 18 bytes", keyed, "[k]Count(ConstRow(columns=['customer-000000007']))")


def _database(path: Path) -> Database:
    db = roarbase.open(path, kernel_cache_dir=_CACHE)
    db.wait_for_kernels(300)
    return db


def _settle(path: Path) -> None:
    """Have everything in snapshots: a close takes some seconds for it at most."""
    engine = open_local_engine(path, DiskFileStore(), BitmapState, 1 << 62)
    engine.snapshot()
    engine.close()


def _keyed(records: int) -> Iterator[pa.Table]:
    for start in range(0, records, _PIECE):
        numbers = range(start, min(start + _PIECE, records))
        yield pa.table({"key": [f"customer-{number:09}" for number in numbers], "n": [*numbers]})


def _measure(path: Path, name: str, records: int, question: str) -> None:
    size = sum(file.stat().st_size for file in path.iterdir())
    runs = [_start(path, question) for _ in range(STARTS)]
    opened, answered = (statistics.median(run) for run in zip(*runs, strict=True))
    print(
        f"{records:,} records, {name}: {size / records:.1f} bytes each on disk; open in {opened:.2f} s, "
        f"first answer after {answered:.2f} s",
        flush=True,
    )


def _start(path: Path, question: str) -> tuple[float, ...]:
    command = [sys.executable, "-c", _START, str(path), str(_CACHE), question]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return tuple(map(float, done.stdout.split()))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
