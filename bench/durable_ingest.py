"""What waiting for the disk costs: ingest over HTTP with and without fdatasync, by 8 clients at once.

    python -m bench.durable_ingest [RECORDS] [CLIENTS]

Two services, each on a data directory of its own; in one of them `os.fdatasync` and `os.fsync` do nothing. They
are asked by turns, and the median round of each counts. The clients share the machine's cores.
"""

import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.support.process import ServiceProcess, iris_records, make_iris

__all__ = ["main"]

ROUNDS = 5
PER_REQUEST = (1000, 100)

_WITHOUT_SYNC = """
import os
os.fdatasync = os.fsync = lambda descriptor: None
"""


class _Ingest:
    """One service and the clients that write to it."""

    def __init__(self, service: ServiceProcess, clients: int) -> None:
        self._service = service
        self._clients = clients
        with service.api() as client:
            _, self._sink_id = make_iris(client)

    def run(self, records: int, per_request: int) -> float:
        """Records per second, every one of them acknowledged."""
        starts = range(1, records + 1, per_request)
        bodies = [json.dumps({"records": iris_records(range(s, s + per_request))}).encode() for s in starts]
        threads = [threading.Thread(target=self._post, args=(bodies,)) for _ in range(self._clients)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return records / (time.perf_counter() - started)

    def _post(self, bodies: list[bytes]) -> None:
        with self._service.api() as client:
            while bodies:
                try:
                    body = bodies.pop()
                except IndexError:
                    return
                answer = client.post(f"/v1/sinks/{self._sink_id}", content=body)
                assert answer.status_code == 200, answer.text


def main(records: int = 100_000, clients: int = 8) -> None:
    """Print a line for each size of request."""
    with tempfile.TemporaryDirectory() as folder:
        stub = Path(folder) / "without_sync"
        stub.mkdir()
        (stub / "sitecustomize.py").write_text(_WITHOUT_SYNC, encoding="utf-8")
        with (
            ServiceProcess(Path(folder) / "durable") as durable,
            _started_with(stub, Path(folder) / "stubbed") as stubbed,
        ):
            services = [_Ingest(durable, clients), _Ingest(stubbed, clients)]
            for per_request in PER_REQUEST:
                rates = [[each.run(records, per_request) for each in services] for _ in range(ROUNDS + 1)][1:]
                kept, free = (statistics.median(rate) for rate in zip(*rates, strict=True))
                print(
                    f"{per_request:5} to a request, {clients} clients: {kept:,.0f} records/s on disk, "
                    f"{free:,.0f} without fdatasync: it costs {100 * (1 - kept / free):.0f} %",
                    flush=True,
                )


def _started_with(stub: Path, data_dir: Path) -> ServiceProcess:
    """A service whose Python loads what is in a folder first."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(stub), before)))
    try:
        return ServiceProcess(data_dir).start()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
