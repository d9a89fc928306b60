"""SIGKILL at any moment: what was acknowledged is there afterwards, once and whole."""

import json
import os
import random
import threading
import time
from pathlib import Path

import httpx

from tests.support.process import ServiceProcess, iris_records, make_iris, query, wait_for

ROUNDS = int(os.environ.get("ROARBASE_KILL_ROUNDS", "20"))
WRITERS = 3


class Ledger:
    """What a client may rely on: ids by what became of the request that carried them."""

    def __init__(self) -> None:
        self.acknowledged: set[int] = set()
        self.unanswered: list[range] = []
        self.next_id = 1
        self.guard = threading.Lock()

    def take_ids(self, count: int) -> range:
        with self.guard:
            ids = range(self.next_id, self.next_id + count)
            self.next_id = ids.stop
            return ids


def write_until_it_dies(service: ServiceProcess, token: str, sink_id: str, ledger: Ledger, seed: int) -> None:
    """Post batches of random size until the connection breaks."""
    chooser = random.Random(seed)
    with service.api(token) as client:
        while True:
            ids = ledger.take_ids(chooser.choice((1, 7, 150, 600)))
            try:
                answer = client.post(f"/v1/sinks/{sink_id}", json={"records": iris_records(ids)})
            except httpx.TransportError:
                with ledger.guard:
                    ledger.unanswered.append(ids)
                return
            assert answer.status_code == 200, answer.text
            assert answer.json()["success_count"] == len(ids)
            with ledger.guard:
                ledger.acknowledged.update(ids)


def check(service: ServiceProcess, deployment_id: str, ledger: Ledger) -> None:
    """Each acknowledged record is there, each unanswered batch wholly or not at all, and both languages agree."""
    with service.api() as client:
        stored = {row[0] for row in query(client, deployment_id, "sql", "select _id from iris")}
        pql = query(client, deployment_id, "pql", "[iris]Count(All())")[0][0]
        sql = query(client, deployment_id, "sql", "select count(*) from iris")[0][0]
        groups = sum(row[1] for row in query(client, deployment_id, "pql", "[iris]GroupBy(Rows(species))"))
    assert ledger.acknowledged <= stored
    for ids in ledger.unanswered:
        assert len(stored.intersection(ids)) in (0, len(ids)), "a batch was applied by half"
        ledger.acknowledged.update(stored.intersection(ids))
    ledger.unanswered.clear()
    assert stored == ledger.acknowledged
    assert pql == sql == groups == len(stored)


def test_no_acknowledged_record_is_lost(tmp_path: Path) -> None:
    """Round after round of concurrent ingest and SIGKILL, the ledger and both languages agree."""
    service, ledger = ServiceProcess(tmp_path / "data"), Ledger()
    with service:
        token = service.sign_in()
        with service.api(token) as client:
            deployment_id, sink_id = make_iris(client)
        for round_number in range(ROUNDS):
            writers = [
                threading.Thread(
                    target=write_until_it_dies, args=(service, token, sink_id, ledger, round_number * 10 + i)
                )
                for i in range(WRITERS)
            ]
            for writer in writers:
                writer.start()
            time.sleep(random.Random(round_number).uniform(0.02, 0.5))
            service.kill()
            for writer in writers:
                writer.join()
            service.start()
            check(service, deployment_id, ledger)
        assert ledger.acknowledged, "the kills came before anything was acknowledged: nothing was tested"


def test_a_deployment_killed_while_creating_comes_up(tmp_path: Path) -> None:
    """A service killed right after it answered CREATING finishes the deployment at its next start."""
    service = ServiceProcess(tmp_path / "data")
    with service:
        for i in range(3):
            with service.api() as client:
                made = client.post("/v1/deployments", json={"name": f"d{i}", "deployment_options": {"shape": "8GB"}})
            service.kill()
            service.start()
            with service.api() as client:
                wait_for(client, f"/v1/deployments/{made.json()['id']}", "deployment_status", "RUNNING")


def test_a_deployment_killed_while_deleting_goes(tmp_path: Path) -> None:
    """A service killed right after it answered 202 finishes the deletion, and the name is free."""
    service = ServiceProcess(tmp_path / "data")
    with service:
        for _ in range(3):
            with service.api() as client:
                body = json.dumps({"name": "same", "deployment_options": {"shape": "8GB"}})
                deployment_id = client.post("/v1/deployments", content=body).json()["id"]
                wait_for(client, f"/v1/deployments/{deployment_id}", "deployment_status", "RUNNING")
                assert client.delete(f"/v1/deployments/{deployment_id}").status_code == 202
            service.kill()
            service.start()
            with service.api() as client:
                wait_for(client, f"/v1/deployments/{deployment_id}", "deployment_status", "404")
                assert client.get("/v1/deployments").json() == {"resources": []}
