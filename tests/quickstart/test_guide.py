"""The guide: who signs in, what is said, and how the service is left."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from roarbase.cli import guide
from roarbase.cli.guide import Guide, administrator_candidates
from roarbase.client import Client
from roarbase.model.settings import Settings
from roarbase.server.run import Running
from tests.quickstart.pretend import PASSWORD, PretendedService

RunGuide = Callable[..., tuple[str, list[int]]]


@pytest.fixture(autouse=True)
def no_administrator_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROARBASE_ADMIN_EMAIL", raising=False)
    monkeypatch.delenv("ROARBASE_ADMIN_PASSWORD", raising=False)


@pytest.fixture
def service() -> PretendedService:
    return PretendedService()


@pytest.fixture
def run_guide(service: PretendedService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunGuide:
    """Guide through the pretended service: what was printed, and the codes it was stopped with."""

    def connect(address: str, *, email: str, password: str, verify: bool | str, uses_proxies: bool) -> Client:
        assert (verify, uses_proxies) == (True, False)
        return Client(address, email=email, password=password, transport=service.transport())

    monkeypatch.setattr(guide, "Client", connect)

    def run(*, ends: bool, is_stopping: bool = False) -> tuple[str, list[int]]:
        stops: list[int] = []
        running = Running(
            address="http://127.0.0.1:8080",
            public_url="http://127.0.0.1:8080",
            trust=None,
            settings=Settings({"data_dir": str(tmp_path)}),
            stop=stops.append,
            is_stopping=lambda: is_stopping,
        )
        printed = io.StringIO()
        Guide(ends=ends, console=Console(file=printed, highlight=False, soft_wrap=True))(running)
        return printed.getvalue(), stops

    return run


def write_administrator(folder: Path, password: str) -> None:
    text = json.dumps({"email": "admin@example.com", "password": password})
    (folder / "first-admin.json").write_text(text, encoding="utf-8")


def test_guides_and_keeps_serving(service: PretendedService, run_guide: RunGuide, tmp_path: Path) -> None:
    """After the walk there is an example to look at, and the addresses are told."""
    write_administrator(tmp_path, PASSWORD)
    printed, stops = run_guide(ends=False)
    assert "quick start: passed" in printed.splitlines()
    assert "http://127.0.0.1:8080/console" in printed
    assert str(tmp_path / "first-admin.json") in printed
    assert list(service.deployments.values()) == ["iris-example"]
    assert stops == []


def test_ends_after_the_walk(service: PretendedService, run_guide: RunGuide, tmp_path: Path) -> None:
    """With --exit the service is stopped, its last line says how it went, and nothing is left behind."""
    write_administrator(tmp_path, PASSWORD)
    printed, stops = run_guide(ends=True)
    assert printed.splitlines()[-1] == "quick start: passed"
    assert service.deployments == {}
    assert stops == [0]


@pytest.mark.parametrize("ends", [True, False])
def test_a_failed_walk_stops_the_service(
    service: PretendedService, run_guide: RunGuide, tmp_path: Path, ends: bool
) -> None:
    """A failed step is named and the process ends with exit code 1."""
    write_administrator(tmp_path, PASSWORD)
    service.broken["POST /v1/tables/.*"] = httpx.Response(503, json={"code": "Unavailable", "message": "disk full"})
    printed, stops = run_guide(ends=ends)
    assert printed.splitlines()[-1] == "quick start: failed: step 4 (create a table in it): disk full"
    assert "passed" not in printed
    assert stops == [1]


def test_a_walk_that_a_signal_cuts_short_has_not_failed(
    service: PretendedService, run_guide: RunGuide, tmp_path: Path
) -> None:
    """The service is going, so its requests fail: that is no step's fault, and the exit code stays the signal's."""
    write_administrator(tmp_path, PASSWORD)
    service.broken["POST /v1/tables/.*"] = httpx.Response(503, json={"code": "Unavailable", "message": "stopping"})
    printed, stops = run_guide(ends=False, is_stopping=True)
    assert printed.splitlines()[-1] == "quick start: stopped before its end"
    assert "failed" not in printed
    assert stops == []


def test_a_failure_before_the_first_step_stops_the_service(
    service: PretendedService, run_guide: RunGuide, tmp_path: Path
) -> None:
    """A service that cannot list its deployments is no place to walk."""
    write_administrator(tmp_path, PASSWORD)
    service.broken["GET /v1/deployments"] = httpx.Response(500, json={"code": "InternalError", "message": "oh"})
    printed, stops = run_guide(ends=False)
    assert printed.splitlines()[-1] == "quick start: failed: oh"
    assert stops == [1]


@pytest.mark.parametrize(("ends", "stopped"), [(True, [1]), (False, [])])
def test_without_a_password_there_is_no_walk(
    service: PretendedService, run_guide: RunGuide, tmp_path: Path, ends: bool, stopped: list[int]
) -> None:
    """A changed password is no failure of the service: it says how to reset, and keeps serving unless told to end."""
    write_administrator(tmp_path, "changed since")
    printed, stops = run_guide(ends=ends)
    assert "cannot sign in" in printed
    assert "roarbase user reset-password" in printed
    assert "changed since" not in printed
    assert ("is serving" in printed) != ends
    assert service.deployments == {}
    assert stops == stopped


def test_the_environment_helps_out(run_guide: RunGuide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file's password is old, the one in the environment is tried."""
    write_administrator(tmp_path, "changed since")
    monkeypatch.setenv("ROARBASE_ADMIN_PASSWORD", PASSWORD)
    printed, stops = run_guide(ends=True)
    assert printed.splitlines()[-1] == "quick start: passed"
    assert stops == [0]


def test_a_broken_example_is_only_told(service: PretendedService, run_guide: RunGuide, tmp_path: Path) -> None:
    """The walk has passed: an example that cannot be made does not stop the service."""
    write_administrator(tmp_path, PASSWORD)
    details = {"deployment_id": "x", "table": "iris"}
    service.deployments["x"] = "iris-example"
    service.tables["x", "iris"] = {}
    service.sinks["s"] = {"id": "s", "name": "s", "sink_status": "FAILED", "sink_details": details}
    printed, stops = run_guide(ends=False)
    assert "quick start: passed" in printed.splitlines()
    assert "iris-example could not be made: s is FAILED" in printed
    assert stops == []


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"email": "a@b"}', '{"password": "p"}'])
def test_a_file_that_was_changed_by_hand_is_passed_over(tmp_path: Path, text: str) -> None:
    """A credentials file that cannot be read is as good as none."""
    (tmp_path / "first-admin.json").write_text(text, encoding="utf-8")
    assert administrator_candidates(tmp_path) == []


def test_no_file_and_no_variable(tmp_path: Path) -> None:
    """A new folder names nobody."""
    assert administrator_candidates(tmp_path) == []


def test_the_environment_names_the_administrator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables that made the first administrator also sign in; the e-mail has its default."""
    monkeypatch.setenv("ROARBASE_ADMIN_PASSWORD", "p")
    assert [(c.email, c.password) for c in administrator_candidates(tmp_path)] == [("admin@example.com", "p")]
    monkeypatch.setenv("ROARBASE_ADMIN_EMAIL", "me@example.com")
    assert [c.email for c in administrator_candidates(tmp_path)] == ["me@example.com"]
