"""Settings that only a running service shows: token lifetimes and the size of answers, given as flags."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.support.process import EMAIL, PASSWORD, ServiceProcess, iris_records, make_iris, query

FLAGS = (
    *("--access-token-seconds", "2"),
    *("--refresh-token-seconds", "4"),
    *("--refresh-grace-seconds", "0"),
    *("--answer-bytes", "4000"),
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with ServiceProcess(tmp_path_factory.mktemp("service") / "data", *FLAGS) as running:
        yield running


def tokens(service: ServiceProcess, **body: str) -> httpx.Response:
    return httpx.post(f"{service.url}/", json=body, timeout=30)


def test_access_token_seconds(service: ServiceProcess) -> None:
    """An id token opens the planes until access_token_seconds have passed, and the answer says how many those are."""
    answer = tokens(service, USERNAME=EMAIL, PASSWORD=PASSWORD).json()["AuthenticationResult"]
    assert answer["ExpiresIn"] == 2
    with service.api(answer["IdToken"]) as client:
        assert client.get("/v1/deployments").status_code == 200
        time.sleep(2.5)
        expired = client.get("/v1/deployments")
    assert (expired.status_code, expired.json()["code"]) == (401, "Unauthorized")


def test_refresh_token_seconds_and_refresh_grace_seconds(service: ServiceProcess) -> None:
    """A refresh token works once within refresh_token_seconds; without grace, a second use revokes its family."""
    first = tokens(service, USERNAME=EMAIL, PASSWORD=PASSWORD).json()["AuthenticationResult"]["RefreshToken"]
    second = tokens(service, REFRESH_TOKEN=first).json()["AuthenticationResult"]["RefreshToken"]
    assert second != first
    assert tokens(service, REFRESH_TOKEN=first).status_code == 401
    assert tokens(service, REFRESH_TOKEN=second).status_code == 401
    late = tokens(service, USERNAME=EMAIL, PASSWORD=PASSWORD).json()["AuthenticationResult"]["RefreshToken"]
    time.sleep(4.5)
    assert tokens(service, REFRESH_TOKEN=late).status_code == 401


def test_answer_bytes(service: ServiceProcess) -> None:
    """An answer above answer_bytes is refused with its size and the setting's name; a smaller one comes."""
    with service.api(service.sign_in()) as client:
        deployment_id, sink_id = make_iris(client)
        client.post(f"/v1/sinks/{sink_id}", json={"records": iris_records(range(1, 101))})
        ask = {"language": "sql", "statement": "select * from iris"}
        refused = client.post(f"/v1/deployments/{deployment_id}/query", json=ask)
        assert (refused.status_code, refused.json()["code"]) == (413, "PayloadTooLarge")
        assert "answer_bytes" in refused.json()["message"]
        assert len(query(client, deployment_id, "sql", "select * from iris limit 2")) == 2
