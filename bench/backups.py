"""Backups of the cseg data to a folder: how long they take, what they send, and what a restored copy answers.

    python -m bench.backups [RECORDS]

A backup is made of a database that has just been loaded, then one when nothing changed, then one after a write to a
single shard. The last is restored, and every query of the table in `bench/cseg/queries` is asked of both.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bench.cseg.arrow import cseg_table, other_table
from bench.cseg.generate import generate
from bench.cseg.machine import busy_cores
from bench.cseg.queries import QUERIES
from bench.cseg.queries.query import LAST_FROM_END
from bench.embedded_load import FIELDS
from roarbase import open as open_database
from roarbase.backup.fetching import fetch_backup
from roarbase.backup.folder import FolderTarget
from roarbase.backup.index import get_index
from roarbase.embedded import Database
from roarbase.engine.storage.disk_file_store import DiskFileStore

__all__ = ["main"]

_CACHE = Path.home() / ".cache" / "roarbase"
_Result = TypeVar("_Result")


def main(records: int = 20_971_520) -> None:
    """Print a line for each step; end with 1 if an answer differs."""
    print(f"{busy_cores():.1f} cores busy with other things before it began")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _database(folder / "db") as db:
            data = generate(records)
            db.create_table("cseg", FIELDS, keys=False)
            db.create_table("other", {"person": "int", "bucket": "int"}, keys=False)
            db.load("cseg", cseg_table(data), id="id")
            others = other_table(data)
            db.load("other", others.append_column("id", [range(len(others))]), id="id")
            _back_up(db, folder, "all of it")
            _back_up(db, folder, "nothing changed")
            db.write("cseg", {"_id": [7], "age": [7]})
            _back_up(db, folder, "one shard changed")
            target = FolderTarget(folder / "backup")
            _timed("restore", lambda: fetch_backup(target, get_index(target), DiskFileStore(), folder / "copy"))
            with _database(folder / "copy") as copy:
                asked = {query.name: query.pql.replace("{last}", str(records - LAST_FROM_END)) for query in QUERIES}
                different = [name for name, pql in asked.items() if _answers(db, pql) != _answers(copy, pql)]
    print(f"{len(QUERIES) - len(different)} of {len(QUERIES)} queries answer the same {different or ''}")
    sys.exit(bool(different))


def _database(path: Path) -> Database:
    db = open_database(path, kernel_cache_dir=_CACHE)
    db.wait_for_kernels(300)
    return db


def _back_up(db: Database, folder: Path, what: str) -> None:
    sent = _timed(f"backup, {what}", lambda: db.backup(folder / "backup"))
    print(f"    {sent:,} bytes sent")


def _answers(db: Database, statement: str) -> object:
    return [answer.rows for answer in db.pql_all(statement)]


def _timed(what: str, work: Callable[[], _Result]) -> _Result:
    started = time.perf_counter()
    result = work()
    print(f"{what}: {time.perf_counter() - started:.2f} s", flush=True)
    return result


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
