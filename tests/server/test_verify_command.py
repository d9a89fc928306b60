"""`roarbase verify`: what it prints and how it ends."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import roarbase
from roarbase.cli import verify as verify_module
from roarbase.engine.verify import Verified
from tests.support.process import ServiceProcess, iris_records, make_iris


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "roarbase", "verify", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_database_is_verified(tmp_path: Path) -> None:
    """One line, exit code 0."""
    with roarbase.open(tmp_path / "db") as db:
        db.create_table("t", {"n": "int"})
        db.write("t", {"_id": range(1000), "n": range(1000)})
    ran = run(str(tmp_path / "db"))
    assert (ran.returncode, ran.stdout) == (0, "database db: 1 table, 1,000 records: nothing differs\n")


def test_a_database_in_use_is_refused(tmp_path: Path) -> None:
    """In one sentence, exit code 1."""
    with roarbase.open(tmp_path):
        ran = run(str(tmp_path))
    assert ran.returncode == 1
    assert "is in use by another Roarbase; stop that one first" in ran.stdout


@pytest.mark.parametrize("name", [".", "nothing"])
def test_a_directory_without_data_is_refused(tmp_path: Path, name: str) -> None:
    """An empty one stays empty."""
    ran = run(str(tmp_path / name))
    assert ran.returncode == 1
    assert "holds no data" in ran.stdout or "cannot be read" in ran.stdout
    assert [*tmp_path.iterdir()] == []


def test_a_service_is_verified_when_it_is_stopped(tmp_path: Path) -> None:
    """While it runs one sentence refuses; then each deployment has a line, and damage of one spares the others."""
    data_dir = tmp_path / "data"
    with ServiceProcess(data_dir) as service:
        with service.api() as client:
            deployment_id, sink_id = make_iris(client)
            assert client.post(f"/v1/sinks/{sink_id}", json={"records": iris_records(range(1, 151))}).status_code == 200
        ran = run("--data-dir", str(data_dir))
        assert (ran.returncode, ran.stdout) == (1, "")
        assert f"the data directory {data_dir} is in use by another Roarbase" in ran.stderr
        assert service.stop() == 0
    ran = run("--data-dir", str(data_dir))
    well = f"deployment {deployment_id}: 1 table, 150 records: nothing differs\n"
    assert (ran.returncode, ran.stdout) == (0, f"{well}1 of 1 deployments are as they should be\n")
    broken = data_dir / "engines" / "broken"
    shutil.copytree(data_dir / "engines" / deployment_id, broken)
    log = next(broken.glob("log-*"))
    log.write_bytes(b"nonsense" + log.read_bytes()[8:])
    ran = run("--data-dir", str(data_dir))
    assert ran.returncode == 1
    assert well in ran.stdout
    assert f"deployment broken: {log} is damaged at byte 0" in ran.stdout
    assert ran.stdout.endswith("1 of 2 deployments are as they should be\n")


def test_differences_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each on a line of its own, and the answer is no."""
    found = Verified(tables=2, records=5, differences=("table 't', field 'a': wrong", "table 't', shard 0: wrong too"))
    monkeypatch.setattr(verify_module, "verify_engine", lambda *_: found)
    assert not verify_module.verify(tmp_path)
    assert capsys.readouterr().out == (
        f"database {tmp_path.name}: 2 tables, 5 records: differences:\n"
        "  table 't', field 'a': wrong\n  table 't', shard 0: wrong too\n"
    )


def test_one_directory_is_given(tmp_path: Path) -> None:
    """DIRECTORY or --data-dir, not both."""
    ran = run(str(tmp_path), "--data-dir", str(tmp_path))
    assert ran.returncode == 2
    assert "not both" in ran.stderr
