"""A million iris-like records through HTTP: time in, the quick start's two queries, restart, memory.

    python -m bench.quick_start_million [RECORDS] [RECORDS_PER_REQUEST] [WRITERS]

Prints one figure per line. The client runs in the same machine and shares its cores.
"""

import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.support.process import ServiceProcess, iris_records, make_iris

ASKS = {
    "sql  select * from iris limit 10": ("sql", "select * from iris limit 10"),
    "pql  GroupBy(Rows(species))": ("pql", "[iris]GroupBy(Rows(species))"),
}


def post_all(service: ServiceProcess, sink_id: str, bodies: list[bytes]) -> None:
    with service.api(service.sign_in()) as client:
        while bodies:
            try:
                body = bodies.pop()
            except IndexError:
                return
            answer = client.post(f"/v1/sinks/{sink_id}", content=body)
            assert answer.status_code == 200, answer.text
            assert answer.json()["error_count"] == 0


def measure_queries(service: ServiceProcess, deployment_id: str) -> None:
    with service.api() as client:
        for name, (language, statement) in ASKS.items():
            body = json.dumps({"language": language, "statement": statement})
            times = []
            for _ in range(300):
                started = time.perf_counter()
                assert client.post(f"/v1/deployments/{deployment_id}/query", content=body).status_code == 200
                times.append((time.perf_counter() - started) * 1000)
            times.sort()
            print(f"{name:36} median {statistics.median(times):6.1f} ms   p99 {times[296]:6.1f} ms")


def main(records: int = 1_000_000, per_request: int = 1000, writers: int = 2) -> None:
    with tempfile.TemporaryDirectory() as folder:
        service = ServiceProcess(Path(folder) / "data")
        with service:
            with service.api() as client:
                deployment_id, sink_id = make_iris(client)
            idle_mb = service.resident_mb()
            starts = range(1, records + 1, per_request)
            bodies = [json.dumps({"records": iris_records(range(s, s + per_request))}).encode() for s in starts]
            threads = [threading.Thread(target=post_all, args=(service, sink_id, bodies)) for _ in range(writers)]
            started = time.perf_counter()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            seconds = time.perf_counter() - started
            print(f"{records:,} records in {seconds:.1f} s: {records / seconds:,.0f} records/s over HTTP")
            measure_queries(service, deployment_id)
            print(f"memory: idle {idle_mb:.0f} MB, loaded {service.resident_mb():.0f} MB")
            service.kill()
            started = time.perf_counter()
            service.start(timeout_s=120)
            print(f"SIGKILL, then restart to ready: {time.perf_counter() - started:.2f} s")
            measure_queries(service, deployment_id)
            print(f"memory after restart: {service.resident_mb():.0f} MB")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
