"""A hundred deployments with an iris table each: memory above an empty service, and time to start.

python -m bench.many_deployments [DEPLOYMENTS]
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.support.process import ServiceProcess, iris_records, make_iris, query


def main(deployments: int = 100) -> None:
    with tempfile.TemporaryDirectory() as folder:
        service = ServiceProcess(Path(folder) / "data")
        started = time.perf_counter()
        with service:
            print(f"first start on an empty directory: {time.perf_counter() - started:.2f} s")
            with service.api() as client:
                deployment_id, sink_id = make_iris(client)
                client.post(f"/v1/sinks/{sink_id}", json={"records": iris_records(range(1, 151))})
                query(client, deployment_id, "sql", "select * from iris limit 10")
                query(client, deployment_id, "pql", "[iris]GroupBy(Rows(species))")
                one_mb = service.resident_mb()
                print(f"resident after one quick start: {one_mb:.0f} MB")
                for i in range(1, deployments):
                    deployment_id, sink_id = make_iris(client, f"demo-{i}")
                    client.post(f"/v1/sinks/{sink_id}", json={"records": iris_records(range(1, 151))})
                print(f"with {deployments} deployments: {service.resident_mb() - one_mb:.0f} MB more")
            service.stop()
            for kind in ("first", "warm"):
                started = time.perf_counter()
                service.start()
                print(f"{kind} start with {deployments} deployments: {time.perf_counter() - started:.2f} s")
                print(f"resident then: {service.resident_mb():.0f} MB")
                service.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
