"""The later SQL over HTTP: INSERT, BULK INSERT of CSV, the first statements after a start, and memory.

INSERT is measured by several clients at once, and in process, too: from the text until it is on disk and visible, with
nobody else in between. DuckDB does the same beside it, by turns: the same text into a database in a file, each a
transaction.

    python -m bench.sql_writes [ROWS]

The client runs in the same machine and shares its cores.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import duckdb
import httpx

import roarbase
from tests.support.process import ServiceProcess, wait_for

_INSERTS = 100
_CLIENTS = 8
_ROWS_IN_ONE = 1000
_KERNELS_S = 120
_TABLE = "create table t (_id id, name string, price decimal(2), kind id, tags idset, at timestamp)"
_PLAIN_TABLE = "create table plain (_id id, name string, price decimal(2), kind id, ok bool, at timestamp)"
_PEER_TABLE = (
    'create table t (_id ubigint, name text, price decimal(9, 2), kind ubigint, tags ubigint[], "at" timestamp)'
)
_PEER_PLAIN_TABLE = _PEER_TABLE.replace("table t", "table plain").replace("tags ubigint[]", "ok bool")
_BULK = (
    "bulk insert into t (_id, name, price, kind, tags, at)"
    " map (0 id, 1 string, 2 decimal(2), 3 id, 4 idset, 5 timestamp)"
    " from '*' with format 'CSV' input 'STREAM'"
)


def main(rows: int = 500_000) -> None:
    """Print one figure per line."""
    _in_process()
    with tempfile.TemporaryDirectory() as folder, ServiceProcess(Path(folder) / "data") as service:
        with service.api() as client:
            path = _make(client)
            _await_kernels(service)
            _ask(client, path, _TABLE)
            _ask(client, path, _PLAIN_TABLE)
            _time_inserts({"over HTTP": lambda text: _ask(client, path, text)})
            _time_clients(service, path)
            content = "\n".join(map(_csv_row, range(10**6, 10**6 + rows))).encode()
            started = time.perf_counter()
            answer = client.post(path, data={"sql": _BULK}, files={"data": ("rows.csv", content)}, timeout=300)
            seconds = time.perf_counter() - started
            assert "error" not in answer.json(), answer.text
            print(f"bulk insert of {rows:,} rows of CSV: {rows / seconds:,.0f} rows/s")
        service.stop()
        service.start()
        with service.api() as client:
            idle_mb = service.resident_mb()
            print(f"first statement after a start, by bitmaps: {_ask(client, path, 'select count(*) from t'):.3f} s")
            print(f"first that needs DuckDB: {_ask(client, path, 'select sum(len(name)) from t where kind = 3'):.3f} s")
            print(f"the same again: {_ask(client, path, 'select sum(len(name)) from t where kind = 3'):.3f} s")
            print(f"memory: {idle_mb:.0f} MB before these, {service.resident_mb():.0f} MB with DuckDB")


def _in_process() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        roarbase.open(Path(folder) / "data") as database,
        duckdb.connect(str(Path(folder) / "peer.duckdb")) as peer,
    ):
        database.wait_for_kernels(_KERNELS_S)
        for text in (_TABLE, _PLAIN_TABLE):
            database.later_sql(text)
        for text in (_PEER_TABLE, _PEER_PLAIN_TABLE):
            peer.execute(text)
        _time_inserts(
            {
                "in process": database.later_sql,
                "in process, DuckDB": lambda text: peer.execute(text.replace(", at)", ', "at")')),
            }
        )


def _time_inserts(ways: Mapping[str, Callable[[str], object]]) -> None:
    """Tell what INSERTs take, each way by turns with the others."""
    for what, tags in (("6 columns, a set among them", True), ("6 columns without a set", False)):
        times: dict[str, list[float]] = {where: [] for where in ways}
        for number in range(_INSERTS):
            text = _insert(_ROWS_IN_ONE * number, with_tags=tags)
            for where, ask in ways.items():
                started = time.perf_counter()
                ask(text)
                times[where].append(1000 * (time.perf_counter() - started))
        for where, took in times.items():
            tenth = sorted(took)[_INSERTS // 10]
            print(
                f"insert of {_ROWS_IN_ONE} rows of {what}, {where}:"
                f" median {statistics.median(took):.1f} ms, fastest tenth {tenth:.1f} ms"
            )


def _time_clients(service: ServiceProcess, path: str) -> None:
    """Tell how many rows a second clients have inserted that do not wait for each other."""

    def insert(client: httpx.Client, texts: list[str]) -> None:
        for text in texts:
            _ask(client, path, text)

    for count in (1, _CLIENTS):
        firsts = range(_INSERTS * count, 2 * _INSERTS * count, _INSERTS)
        texts = [[_insert(_ROWS_IN_ONE * number) for number in range(first, first + _INSERTS)] for first in firsts]
        with ExitStack() as opened, ThreadPoolExecutor(count) as pool:
            clients = [opened.enter_context(service.api()) for _ in range(count)]
            started = time.perf_counter()
            list(pool.map(insert, clients, texts))
            rate = count * _INSERTS * _ROWS_IN_ONE / (time.perf_counter() - started)
        print(f"inserts of {_ROWS_IN_ONE} rows, {count} at once over HTTP: {rate:,.0f} rows/s")


def _make(client: httpx.Client) -> str:
    """A running deployment; gives the path that takes its SQL."""
    made = client.post("/v1/deployments", json={"name": "demo", "deployment_options": {"shape": "8GB"}})
    assert made.status_code == 201, made.text
    deployment_id = made.json()["id"]
    wait_for(client, f"/v1/deployments/{deployment_id}", "deployment_status", "RUNNING")
    return f"/v2/databases/{deployment_id}/query/sql"


def _await_kernels(service: ServiceProcess) -> None:
    """Wait until the compiled kernels answer, which takes a second of a processor after each start."""
    until = time.monotonic() + _KERNELS_S
    while "the compiled kernels answer" not in service.log_text():
        assert time.monotonic() < until, service.log_text()
        time.sleep(0.1)


def _ask(client: httpx.Client, path: str, statement: str) -> float:
    """Run a statement; gives the seconds it took."""
    started = time.perf_counter()
    answer = client.post(path, content=statement.encode())
    seconds = time.perf_counter() - started
    assert "error" not in answer.json(), answer.text
    return seconds


def _values(number: int) -> tuple[str, str, int, list[int], str]:
    """name, price, kind, tags and at of a row."""
    choose = random.Random(number)
    tags = [choose.randrange(100) for _ in range(choose.randrange(1, 4))]
    return (
        f"name {choose.randrange(1000)}",
        f"{choose.randrange(10_000) / 100:.2f}",
        choose.randrange(20),
        tags,
        f"2022-06-{choose.randrange(1, 31):02d}T12:00:00Z",
    )


def _insert(first: int, *, with_tags: bool = True) -> str:
    rows = []
    for number in range(first, first + _ROWS_IN_ONE):
        name, price, kind, tags, at = _values(number)
        fourth = str(tags) if with_tags else str(len(tags) > 1).lower()
        rows.append(f"({number}, '{name}', {price}, {kind}, {fourth}, '{at}')")
    into = "t (_id, name, price, kind, tags, at)" if with_tags else "plain"
    return f"insert into {into} values {', '.join(rows)}"


def _csv_row(number: int) -> str:
    name, price, kind, tags, at = _values(number)
    return f"{number},{name},{price},{kind},{';'.join(map(str, tags))},{at}"


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
