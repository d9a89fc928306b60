"""ClickHouse in process (chdb): the table as MergeTree and as Memory, and bridge tables sorted by row.

Answers come as one JSON array per row, which was the fastest of its formats for rows with lists.
"""

import importlib
import json
import shutil
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.cseg.arrow import cseg_table, other_table
from bench.cseg.conditions import Condition
from bench.cseg.dataset import SETS, Dataset
from bench.cseg.queries.query import LAST_FROM_END, Query, Rows
from bench.cseg.systems.system import Loaded, plain_rows

__all__ = ["Chdb"]

_COLUMNS = (
    "id UInt32, age UInt8, income Int32, sex UInt8, city LowCardinality(String), for_hire Bool, price Decimal(9, 2),"
    " signup DateTime('UTC'), education Array(UInt8), hobbies Array(UInt8), skills Array(UInt8)"
)
_ENGINES = ("MergeTree", "Memory")
_FORMAT = "JSONCompactEachRow"
_FILE_RECORDS = 1 << 20
_PRICE, _SIGNUP = 6, 7


class Chdb:
    """A session in a temporary directory; its current database is `mergetree`."""

    warm_up_runs = 1

    def __init__(self, *, threads: int = 2) -> None:
        chdb: Any = importlib.import_module("chdb")
        session: Any = importlib.import_module("chdb.session")
        self._directory = Path(tempfile.mkdtemp(prefix="cseg-chdb-"))
        self._session = session.Session(str(self._directory / "db"))
        self.version = f"{chdb.__version__} (ClickHouse {chdb.engine_version})"
        self._settings = f" settings max_threads = {threads}, output_format_json_quote_64bit_integers = 0"
        self._records = 0

    def load(self, data: Dataset) -> Loaded:
        self._records = len(data)
        files = self._write_files(data)
        for engine in _ENGINES:
            self._ask(f"create database {engine}")
        self._ask("use MergeTree")
        self._ask(
            f"create table MergeTree.cseg ({_COLUMNS}, index by_signup signup type minmax granularity 1)"
            " engine = MergeTree order by id"
        )
        self._ask(f"create table Memory.cseg ({_COLUMNS}) engine = Memory")
        started = time.perf_counter()
        self._ask(f"insert into MergeTree.cseg select * from file('{files}/cseg*.parquet', Parquet)")
        seconds = time.perf_counter() - started
        self._ask("optimize table MergeTree.cseg final")
        self._ask("insert into Memory.cseg select * from MergeTree.cseg order by id")
        self._make_sorted("other", "person UInt32, bucket UInt8", "person", f"file('{files}/other.parquet', Parquet)")
        for name in SETS:
            pairs = f"(select arrayJoin({name}) as v, id from MergeTree.cseg)"
            self._make_sorted(f"{name}_b", "v UInt8, id UInt32", "v, id", pairs)
        shutil.rmtree(files)
        return Loaded(seconds=seconds)

    def _write_files(self, data: Dataset) -> Path:
        """The tables as Parquet, uncompressed: making the files is not counted as loading."""
        parquet: Any = importlib.import_module("pyarrow.parquet")
        files = self._directory / "files"
        files.mkdir()
        for number, start in enumerate(range(0, len(data), _FILE_RECORDS)):
            part = cseg_table(data, start, min(start + _FILE_RECORDS, len(data)))
            parquet.write_table(part, files / f"cseg{number:05d}.parquet", compression="none")
        parquet.write_table(other_table(data), files / "other.parquet", compression="none")
        return files

    def _make_sorted(self, table: str, columns: str, key: str, source: str) -> None:
        self._ask(f"create table MergeTree.{table} ({columns}) engine = MergeTree order by ({key})")
        self._ask(f"insert into MergeTree.{table} select * from {source}")
        self._ask(f"optimize table MergeTree.{table} final")

    def _ask(self, text: str) -> Any:
        is_query = text.startswith(("select", "insert"))
        return self._session.query(text + self._settings if is_query else text, _FORMAT).bytes()

    def ways(self, query: Query) -> Sequence[str]:
        return tuple(way for name, text in query.chdb.items() for way in _ways(name, text))

    def run(self, query: Query, way: str) -> Any:
        name, _, engine = way.partition(" on ")
        text = query.chdb[name].replace("{last}", str(self._records - LAST_FROM_END))
        return self._ask(text.replace("from cseg", f"from {engine}.cseg"))

    def rows(self, query: Query, answer: Any) -> Rows:
        rows = json.loads(b"[" + b",".join(answer.splitlines()) + b"]", parse_float=Decimal)
        if query.name.startswith("extract"):
            for row in rows:
                row[_PRICE] = Decimal(row[_PRICE])
                row[_SIGNUP] = datetime.fromisoformat(row[_SIGNUP])
            return plain_rows(rows)
        return [[float(cell) if isinstance(cell, Decimal) else cell for cell in row] for row in rows]

    def bring_about(self, condition: Condition) -> bool:
        return condition is Condition.WARM

    def memory_bytes_or_none(self) -> int | None:
        return None

    def close(self) -> None:
        self._session.close()
        shutil.rmtree(self._directory, ignore_errors=True)


def _ways(name: str, text: str) -> list[str]:
    """A text on `cseg` is asked on both engines."""
    return [f"{name} on {engine}" for engine in _ENGINES] if "from cseg" in text else [name]
