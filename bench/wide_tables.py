"""Tables of many columns, of which each row has few: what a row, and the plan of a question, cost more in them.

    python -m bench.wide_tables [COLUMNS ...]

In process, each size by turns with the others; the last figure of each line is the ratio to the first size.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import roarbase
from roarbase.embedded.database import Database

_TIMES = 60
_WARM_UP = 10
_KERNELS_S = 120
_KINDS = ("int", "decimal(2)", "string", "idset", "bool", "timestamp")


def main(*columns: int) -> None:
    """Print a line per question and size."""
    sizes = columns or (10, 1_000, 5_000)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        databases = {}
        for size in sizes:
            database = opened.enter_context(roarbase.open(Path(folder) / str(size)))
            database.wait_for_kernels(_KERNELS_S)
            fields = ", ".join(f"c{number} {_KINDS[number % len(_KINDS)]}" for number in range(size))
            started = time.perf_counter()
            database.later_sql(f"create table wide (_id id, {fields})")
            print(f"create table, {size:,} columns: {1000 * (time.perf_counter() - started):.1f} ms")
            databases[size] = database
        _tell("insert of one row with two values", databases, _row)
        _tell("insert of 1,000 rows with two values", databases, _rows)
        _tell("a question of a text that is new", databases, _question)


def _row(_: int, turn: int) -> str:
    return f"insert into wide (_id, c0, c2) values ({turn}, {turn}, 'a')"


def _rows(_: int, turn: int) -> str:
    first = 1000 * (turn + 1)
    rows = ", ".join(f"({first + number}, {number}, 'b')" for number in range(1000))
    return f"insert into wide (_id, c0, c2) values {rows}"


def _question(size: int, turn: int) -> str:
    return f"select count(*) from wide where c0 > {turn} and c{(size - 1) // 6 * 6} > 1"


def _tell(what: str, databases: dict[int, Database], text_of: Callable[[int, int], str]) -> None:
    times: dict[int, list[float]] = {size: [] for size in databases}
    for turn in range(_WARM_UP + _TIMES):
        for size, database in databases.items():
            text = text_of(size, turn)
            started = time.perf_counter()
            database.later_sql(text)
            if turn >= _WARM_UP:
                times[size].append(1000 * (time.perf_counter() - started))
    medians = {size: statistics.median(took) for size, took in times.items()}
    first = next(iter(medians.values()))
    for size, took in medians.items():
        print(f"{what}, {size:,} columns: median {took:.2f} ms, {took / first:.1f} times as long")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
