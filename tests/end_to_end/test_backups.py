"""`roarbase backup` and `roarbase restore` at a running service, from the command line to the disk and back."""

from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

import roarbase
from roarbase.cli import main
from tests.support.process import EMAIL, PASSWORD, ServiceProcess, iris_records, make_iris, query

COUNT = "[iris]Count(All())"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    with ServiceProcess(tmp_path_factory.mktemp("service") / "data") as running:
        yield running


@pytest.fixture(scope="module")
def iris(service: ServiceProcess) -> str:
    """A deployment's id, with 150 records."""
    with service.api() as client:
        deployment_id, sink_id = make_iris(client)
        assert client.post(f"/v1/sinks/{sink_id}", json={"records": iris_records(range(1, 151))}).status_code == 200
    return deployment_id


@dataclass(frozen=True)
class Ran:
    returncode: int
    stdout: str
    stderr: str


def run(service: ServiceProcess, *arguments: str, **environment: str) -> Ran:
    """The command, in this process: another one would take a second to load what this one has."""
    env = {"ROARBASE_EMAIL": EMAIL, "ROARBASE_PASSWORD": PASSWORD, "ROARBASE_URL": service.url, **environment}
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in env.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main([*arguments])
    return Ran(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def test_backup_and_restore(service: ServiceProcess, iris: str, tmp_path: Path) -> None:
    """A backup, an increment, a new deployment from it, an old one replaced, and a directory."""
    done = run(service, "backup", iris, "daily/iris")
    assert done.returncode == 0, done.stderr
    folder = service.data_dir / "backups" / "daily" / "iris"
    assert f" to {folder}: " in done.stdout
    again = run(service, "backup", iris, str(folder))
    assert again.returncode == 0, again.stderr
    assert again.stdout.endswith("; 0 files, 0 bytes were sent\n")

    done = run(service, "restore", "copy", "daily/iris")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"restored copy from {folder}: 1 table, ")
    with service.api() as client:
        copy = next(d for d in client.get("/v1/deployments").json()["resources"] if d["name"] == "copy")
        assert query(client, copy["id"], "pql", COUNT) == [[150]]
        assert client.post(f"/v1/tables/{copy['id']}", json={"name": "orders"}).status_code == 201

    refused = run(service, "restore", "copy", "daily/iris")
    assert refused.returncode == 1
    assert "has tables, which the backup would replace: iris, orders; give --replace" in refused.stderr
    assert run(service, "restore", "copy", "daily/iris", "--replace").returncode == 0
    with service.api() as client:
        assert [t["name"] for t in client.get(f"/v1/tables/{copy['id']}").json()["resources"]] == ["iris"]
        assert query(client, copy["id"], "pql", COUNT) == [[150]]

    done = run(service, "restore", str(folder), "--into", str(tmp_path / "db"))
    assert (done.returncode, done.stderr) == (0, "")
    with roarbase.open(tmp_path / "db") as db:
        assert db.pql(COUNT).value == 150
    refused = run(service, "restore", str(folder), "--into", str(tmp_path / "db"))
    assert refused.returncode != 0
    assert "is there already" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("backup", "nobody", "x"), "deployment not found: 'nobody'"),
        (("backup", "IRIS", "/etc/x"), "/etc/x is not below"),
        (("backup", "IRIS", "s3://bucket/x"), "the operator lists buckets, such as s3://bucket"),
        (("backup", "IRIS", "s3://me:hunter2@bucket/x"), "the service has the credentials in its own environment"),
        (("backup", "IRIS", "https://host/x"), "from a web server they are only fetched"),
        (("restore", "new", "http://169.254.169.254/x"), "the service may not contact 169.254.169.254"),
        (("restore", "new", "nothing"), "has no backup: there is no roarbase-backup.json"),
        (("restore", "nothing", "--into", "there"), "has no backup"),
    ],
)
def test_refusals_are_one_sentence(service: ServiceProcess, iris: str, arguments: tuple[str, ...], told: str) -> None:
    """Exit code 1, no trace, no secret, and no deployment that nobody asked for."""
    refused = run(service, *(iris if a == "IRIS" else a for a in arguments))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert told in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert "hunter2" not in refused.stderr
    assert not Path("there").exists()
    with service.api() as client:
        waiting = [d for d in client.get("/v1/deployments").json()["resources"] if d["name"] == "new"]
        assert all(d["deployment_status"] == "DELETING" for d in waiting)


def test_who_may_not_sign_in(service: ServiceProcess, iris: str) -> None:
    """The password is not told."""
    refused = run(service, "backup", iris, "x", ROARBASE_PASSWORD="Wrong-horse-1")
    assert refused.returncode == 1
    assert "Wrong-horse-1" not in refused.stderr
    assert refused.stderr.startswith("roarbase: ")


def test_over_http(service: ServiceProcess, iris: str) -> None:
    """As the clients of 2022 ask: the body with a source type, and the status until it says COMPLETED."""
    assert run(service, "backup", iris, "http").returncode == 0
    with service.api() as client:
        for version, noun in (("v1", "deployment"), ("v2", "database")):
            path = f"/{version}/{noun}s/{iris}/action"
            told: dict[str, Any] = client.get(f"{path}/backup").json()
            assert (told[f"{noun}_id"], told["status"], told["action"]) == (iris, "COMPLETED", "backup")
            assert client.get(f"{path}/restore").status_code == 404
            for body, status in (
                ({}, 400),
                ({"url": 5}, 400),
                ({"url": "", "source_type": "http"}, 400),
                ({"url": "http", "source_type": "s3"}, 400),
                ({"url": "../http"}, 403),
                ({"url": "\0"}, 400),
                ({"url": "x" * 5000}, 400),
            ):
                assert client.put(f"{path}/restore", json=body).status_code == status, body
            assert client.put(f"/{version}/{noun}s/nothing/action/restore", json={"url": "http"}).status_code == 404
        answer = client.put(f"/v1/deployments/{iris}/action/restore", json={"url": "http", "source_type": "folder"})
        assert (answer.status_code, answer.json()["status"]) == (202, "IN_PROGRESS")
        while client.get(f"/v1/deployments/{iris}/action/restore").json()["status"] == "IN_PROGRESS":
            pass
        assert client.get(f"/v1/deployments/{iris}/action/restore").json()["status"] == "COMPLETED"
        assert query(client, iris, "pql", COUNT) == [[150]]
