"""A service that is killed right after it answered for a deployment finishes what it said at its next start."""

import time
from collections.abc import Iterator
from random import Random

import httpx
import pytest

from tests.durability.service import TorturedService
from tests.support.process import wait_for

ROUNDS = 3


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TorturedService]:
    service = TorturedService(tmp_path_factory.mktemp("service") / "data", is_forked=True)
    service.start()
    yield service
    service.close()


def make(client: httpx.Client, name: str) -> str:
    """The path of a deployment that is being made."""
    made = client.post("/v1/deployments", json={"name": name, "deployment_options": {"shape": "8GB"}})
    assert made.status_code == 201, made.text
    return f"/v1/deployments/{made.json()['id']}"


def kill_and_start(service: TorturedService, round_number: int) -> None:
    """At once, or some milliseconds later."""
    time.sleep(Random(round_number).choice((0, 0.005, 0.02)))
    service.kill()
    service.start()


def test_a_deployment_killed_while_creating_comes_up(service: TorturedService) -> None:
    """It answered CREATING; it runs and takes tables."""
    for i in range(ROUNDS):
        with service.client() as client:
            deployment = make(client, f"made-{i}")
        kill_and_start(service, i)
        with service.client() as client:
            wait_for(client, deployment, "deployment_status", "RUNNING")
            table = deployment.replace("deployments", "tables")
            assert client.post(table, json={"name": "t"}).status_code == 201


def test_a_deployment_killed_while_deleting_goes(service: TorturedService) -> None:
    """It answered 202; the deployment goes, with its files, and its name is free."""
    for i in range(ROUNDS):
        with service.client() as client:
            deployment = make(client, "same")
            wait_for(client, deployment, "deployment_status", "RUNNING")
            assert client.delete(deployment).status_code == 202
        kill_and_start(service, i)
        with service.client() as client:
            wait_for(client, deployment, "deployment_status", "404")
        engines = [path.name for path in (service.data_dir / "engines").iterdir()]
        assert not any(deployment.rpartition("/")[2] in name for name in engines)
