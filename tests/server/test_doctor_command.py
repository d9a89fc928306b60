"""`roarbase doctor`: what it prints and how it ends."""

import subprocess
import sys
from pathlib import Path

import roarbase
from roarbase.cli.doctor import command
from tests.support.process import ServiceProcess, iris_records, make_iris


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    line = [sys.executable, "-m", "roarbase", "doctor", *arguments]
    return subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)


def flip(file: Path, offset: int) -> None:
    content = bytearray(file.read_bytes())
    content[offset] ^= 1
    file.write_bytes(content)


def test_a_database_is_examined_and_saved(tmp_path: Path) -> None:
    """Whole files are named if asked for; a damaged one is, with what to do; what is saved opens."""
    with roarbase.open(tmp_path / "db") as db:
        db.create_table("t", {"n": "int"})
        db.write("t", {"_id": range(1000), "n": range(1000)})
        db.write("t", {"_id": [2000], "n": [1]})
    assert run(str(tmp_path / "db")).stdout == "database db: 1 files, 1.0 MB: whole\n"
    (segment,) = (tmp_path / "db").glob("log-*.seg")
    assert f"{segment.name} (entries 1 to 3): whole" in run(str(tmp_path / "db"), "--files").stdout
    flip(segment, 700)
    ran = run(str(tmp_path / "db"))
    assert ran.returncode == 1
    assert f"  {segment.name} (entries 1 to 1): damaged at byte " in ran.stdout
    assert "1 whole entries stand behind that" in ran.stdout
    assert "with --salvage DIRECTORY what can be saved" in ran.stdout
    ran = run(str(tmp_path / "db"), "--salvage", str(tmp_path / "saved"))
    assert (ran.returncode, "1 table, 0 records; lost is" in ran.stdout) == (1, True)
    with roarbase.open(tmp_path / "saved") as db:
        assert db.sql("select count(*) from t").rows == ((0,),)


def test_a_database_in_use_is_refused(tmp_path: Path) -> None:
    """In one sentence, exit code 1."""
    with roarbase.open(tmp_path):
        ran = run(str(tmp_path))
    assert ran.returncode == 1
    assert "is in use by another Roarbase; stop that one first" in ran.stdout


def test_each_deployment_is_examined(tmp_path: Path) -> None:
    """While the service runs one sentence refuses; then what is damaged is saved elsewhere, if it can be."""
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
    assert (ran.returncode, ran.stdout.startswith(f"deployment {deployment_id}: ")) == (0, True)
    (segment,) = (data_dir / "engines" / deployment_id).glob("log-*.seg")
    flip(segment, 70)
    ran = run("--data-dir", str(data_dir), "--salvage", str(tmp_path / "saved"))
    assert ran.returncode == 1
    assert f"{segment.name} (no entry; the next one is 1): damaged at byte 64" in ran.stdout
    assert "nothing can be salvaged" in ran.stdout


def test_the_command_is_documented() -> None:
    """What help says begins with what it does."""
    assert (command.__doc__ or "").startswith("Check every file")
