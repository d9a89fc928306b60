"""The real service in a process of its own: started, asked, stopped, killed."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import httpx
import pytest

from tests.support.kernels import shares_kernels

__all__ = [
    "EMAIL",
    "IRIS_SCHEMA",
    "PASSWORD",
    "ServiceProcess",
    "cell",
    "free_port",
    "iris_records",
    "make_iris",
    "query",
    "require",
    "wait_for",
]

EMAIL, PASSWORD = "owner@example.com", "Correct-horse-1"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def require(program: str) -> str:
    """The path of a program; without it the test is skipped, or fails where ROARBASE_REQUIRE names it."""
    path = shutil.which(program)
    if path is None:
        if program in os.environ.get("ROARBASE_REQUIRE", "").split(","):
            pytest.fail(f"{program} is required here and not installed")
        pytest.skip(f"{program} is not installed")
    return path


class ServiceProcess:
    """`roarbase serve` on a free port. As a context manager it is stopped at the end."""

    def __init__(self, data_dir: Path, *flags: str, port: int | None = None, scheme: str = "http") -> None:
        self.data_dir = data_dir
        self.flags = flags
        self.port = port or free_port()
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.log = data_dir.parent / f"{data_dir.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._token = ""

    def launch(self) -> "subprocess.Popen[bytes]":
        """Start the process and do not wait for it."""
        administrator = {"ROARBASE_ADMIN_EMAIL": EMAIL, "ROARBASE_ADMIN_PASSWORD": PASSWORD}
        # A process that is ended by SIGABRT says where it was.
        env = {**os.environ, **shares_kernels(), **administrator, "PYTHONFAULTHANDLER": "1"}
        command = [
            sys.executable,
            "-m",
            "roarbase",
            "serve",
            "--port",
            str(self.port),
            "--data-dir",
            str(self.data_dir),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen([*command, *self.flags], stdout=log, stderr=log, env=env)
        return self.process

    def start(self, timeout_s: float = 30) -> "ServiceProcess":
        process = self.launch()
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise AssertionError(f"the service ended with {process.returncode}:\n{self.log_text()}")
            try:
                if httpx.get(f"{self.url}/readyz", verify=False, timeout=5).status_code == 200:
                    return self
            except httpx.TransportError:
                pass
            time.sleep(0.02)
        raise AssertionError(f"the service was not ready in {timeout_s} s:\n{self.log_text()}")

    def kill(self) -> None:
        """SIGKILL, as a crash would end it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)

    def log_text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-6000:] if self.log.exists() else ""

    def resident_mb(self) -> float:
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    def __enter__(self) -> "ServiceProcess":
        return self.start() if self.process is None else self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    # ---- asking it -----------------------------------------------------------------------------

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> str:
        answer = httpx.post(f"{self.url}/", json={"USERNAME": email, "PASSWORD": password}, verify=False, timeout=30)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["AuthenticationResult"]["IdToken"])

    def api(self, token: str | None = None) -> httpx.Client:
        """An HTTP client that carries a token: the administrator's, unless one is given."""
        if token is None:
            self._token = token = self._token or self.sign_in()
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {token}"}, verify=False, timeout=60, trust_env=False
        )


def wait_for(client: httpx.Client, path: str, member: str, value: str, timeout_s: float = 20) -> dict[str, object]:
    """Poll a resource until a member has the value (or, for "404", until it is gone)."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        answer = client.get(path)
        if value == "404" and answer.status_code == 404:
            return {}
        if answer.status_code == 200 and answer.json().get(member) == value:
            return dict(answer.json())
        time.sleep(0.02)
    raise AssertionError(f"{path} did not come to {member}={value}: {answer.status_code} {answer.text}")


IRIS_SCHEMA: dict[str, object] = {
    "id_field": "id",
    "allow_missing_fields": False,
    "definition": [
        {"name": "id", "path": ["id"], "type": "id", "config": {"Mutex": False}},
        *(
            {"name": n.lower(), "path": [n], "type": "decimal", "config": {"Scale": 2}}
            for n in ("sepalLength", "sepalWidth", "petalLength", "petalWidth")
        ),
        {"name": "species", "path": ["species"], "type": "string", "config": {"Mutex": True}},
    ],
}


def iris_records(ids: range) -> list[dict[str, object]]:
    """Records in the form of the quick start, their values derived from their ids."""
    names = ("setosa", "versicolor", "virginica")
    return [
        {
            "value": {
                "id": i,
                "sepalLength": f"{4 + i % 37 / 10:.1f}",
                "sepalWidth": f"{2 + i % 23 / 10:.1f}",
                "petalLength": f"{1 + i % 59 / 10:.1f}",
                "petalWidth": f"{i % 25 / 10:.1f}",
                "species": names[i % 3],
            }
        }
        for i in ids
    ]


def make_iris(
    client: httpx.Client, deployment: str = "demo", table: str = "iris", sink: str = "flowers"
) -> tuple[str, str]:
    """A deployment, a table and a sink, all running: the deployment's and the sink's id."""
    made = client.post("/v1/deployments", json={"name": deployment, "deployment_options": {"shape": "8GB"}})
    assert made.status_code == 201, made.text
    deployment_id = made.json()["id"]
    wait_for(client, f"/v1/deployments/{deployment_id}", "deployment_status", "RUNNING")
    assert client.post(f"/v1/tables/{deployment_id}", json={"name": table}).status_code == 201
    body = {"name": sink, "sink_details": {"deployment_id": deployment_id, "table": table}, "schema": IRIS_SCHEMA}
    made = client.post("/v1/sinks", json=body)
    assert made.status_code == 201, made.text
    wait_for(client, f"/v1/sinks/{made.json()['id']}", "sink_status", "RUNNING")
    return deployment_id, made.json()["id"]


def query(client: httpx.Client, deployment_id: str, language: str, statement: str) -> list[list[object]]:
    """The rows of an answer, each cell without its tag."""
    body = {"language": language, "statement": statement}
    answer = client.post(f"/v1/deployments/{deployment_id}/query", content=json.dumps(body))
    assert answer.status_code == 200, answer.text
    return [[cell(c["ColumnVal"]) for c in row["columns"]] for row in answer.json()["results"]["rows"]]


def cell(value: dict[str, object] | None) -> object:
    return None if value is None else next(iter(value.values()))
