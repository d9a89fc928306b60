"""DuckDB in memory: list columns, an enum, and each set again as a bridge table sorted by row."""

import importlib
import time
from collections.abc import Sequence
from typing import Any

from bench.cseg.arrow import COLUMNS, bridge_table, cseg_table, other_table
from bench.cseg.conditions import Condition
from bench.cseg.dataset import CITIES, SETS, Dataset
from bench.cseg.queries.query import LAST_FROM_END, Query, Rows
from bench.cseg.systems.system import Loaded, plain_rows

__all__ = ["DuckDB"]


class DuckDB:
    """A connection to a database in memory."""

    warm_up_runs = 1

    def __init__(self, *, threads: int = 2) -> None:
        duckdb: Any = importlib.import_module("duckdb")
        self.version = str(duckdb.__version__)
        self._connection = duckdb.connect(":memory:")
        self._connection.execute(f"set threads = {threads}")
        self._records = 0

    def load(self, data: Dataset) -> Loaded:
        self._records = len(data)
        given = cseg_table(data)
        started = time.perf_counter()
        cities = ", ".join(f"'{city}'" for city in CITIES)
        columns = ", ".join(COLUMNS).replace("city", f"city::enum({cities}) as city")
        self._make("cseg", f"select {columns} from given", given)
        seconds = time.perf_counter() - started
        self._make("other", "select * from given", other_table(data))
        for name in SETS:
            self._make(f"{name}_b", "select v, id from given order by v, id", bridge_table(data, name))
        return Loaded(seconds=seconds)

    def _make(self, table: str, select: str, given: Any) -> None:
        self._connection.register("given", given)
        self._connection.execute(f"create table {table} as {select}")
        self._connection.unregister("given")

    def ways(self, query: Query) -> Sequence[str]:
        return tuple(query.duckdb)

    def run(self, query: Query, way: str) -> Any:
        text = query.duckdb[way].replace("{last}", str(self._records - LAST_FROM_END))
        return self._connection.execute(text).fetchall()

    def rows(self, query: Query, answer: Any) -> Rows:  # noqa: ARG002
        return plain_rows(answer)

    def bring_about(self, condition: Condition) -> bool:
        return condition is Condition.WARM

    def memory_bytes_or_none(self) -> int | None:
        return None

    def close(self) -> None:
        self._connection.close()
