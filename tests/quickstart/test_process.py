"""`roarbase quickstart` as a process, from an empty folder to its exit code."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from roarbase.server.tls import self_signed
from tests.support.kernels import shares_kernels
from tests.support.process import free_port

END_S = 60


def environment(home: Path) -> dict[str, str]:
    """A newcomer's: an empty home, nothing of Roarbase set but where compiled kernels are."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ROARBASE_")}
    return {**kept, **shares_kernels(), "HOME": str(home)}


def arguments(port: int, data_dir: Path, *flags: str) -> list[str]:
    command = [sys.executable, "-m", "roarbase", "quickstart", "--port", str(port), "--data-dir", str(data_dir)]
    return [*command, *flags]


def quickstart(tmp_path: Path, *flags: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    return subprocess.run(
        arguments(free_port(), tmp_path / "data", *flags),
        env={**environment(tmp_path), **more},
        capture_output=True,
        text=True,
        timeout=END_S,
        check=False,
    )


@contextmanager
def serving(tmp_path: Path, port: int) -> Iterator[Path]:
    """Run it until the block ends; gives the file with its output."""
    output = tmp_path / "output"
    with output.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            arguments(port, tmp_path / "data"), env=environment(tmp_path), stdout=file, stderr=subprocess.STDOUT
        )
        try:
            yield output
            process.send_signal(signal.SIGTERM)
            assert process.wait(END_S) == 0
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def wait_for_line(output: Path, start: str) -> str:
    """The output, once a line of it begins so."""
    stop = time.monotonic() + END_S
    while time.monotonic() < stop:
        text = output.read_text(encoding="utf-8")
        if any(line.startswith(start) for line in text.splitlines()):
            return text
        time.sleep(0.05)
    raise AssertionError(f"no line begins with {start!r}:\n{output.read_text(encoding='utf-8')}")


def test_exit_ends_after_the_walk_and_can_be_said_twice(tmp_path: Path) -> None:
    """The walk passes on a new folder and on a used one; the last line says so and the exit code is 0."""
    for _ in range(2):
        ran = quickstart(tmp_path, "--exit")
        assert ran.stdout.splitlines()[-1] == "quick start: passed", ran.stdout + ran.stderr
        assert ran.returncode == 0
    credentials = tmp_path / "data" / "first-admin.json"
    assert credentials.stat().st_mode & 0o777 == 0o600


def test_keeps_serving_an_example_that_the_next_start_finds(tmp_path: Path) -> None:
    """After the walk the service serves on, with one example that stays the same over a restart."""
    told = set()
    for _ in range(2):
        port = free_port()
        with serving(tmp_path, port) as output:
            text = wait_for_line(output, "    sign in")
            assert "quick start: passed" in text.splitlines()
            told.update(line for line in text.splitlines() if line.startswith("The deployment iris-example"))
            assert httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200
    assert len(told) == 1


def test_the_walk_goes_over_the_operators_certificate(tmp_path: Path) -> None:
    """Which is for the name that users know, not for this machine's own address."""
    cert, key = self_signed(tmp_path / "tls", ("example.com",))
    ran = quickstart(tmp_path, "--exit", ROARBASE_TLS_CERT=str(cert), ROARBASE_TLS_KEY=str(key))
    assert ran.stdout.splitlines()[-1] == "quick start: passed", ran.stdout + ran.stderr


def test_a_wrong_password_skips_the_walk(tmp_path: Path) -> None:
    """When no known password works, it says how to set a new one; with --exit that is a failure."""
    assert quickstart(tmp_path, "--exit", ROARBASE_ADMIN_PASSWORD="Correct-horse-1").returncode == 0
    (tmp_path / "data" / "first-admin.json").unlink(missing_ok=True)
    ran = quickstart(tmp_path, "--exit", ROARBASE_ADMIN_PASSWORD="not-that-one")
    assert "reset-password" in ran.stdout
    assert "passed" not in ran.stdout
    assert ran.returncode == 1


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """A second start on the same port ends with exit code 3 and names the port."""
    port = free_port()
    with serving(tmp_path, port) as output:
        wait_for_line(output, "quick start: passed")
        ran = subprocess.run(
            arguments(port, tmp_path / "other", "--exit"),
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=END_S,
            check=False,
        )
    assert ran.returncode == 3
    assert str(port) in ran.stderr


@pytest.mark.parametrize(("flags", "code"), [((), 0), (("--exit",), 1)])
def test_a_signal_in_the_midst_of_the_walk(tmp_path: Path, flags: tuple[str, ...], code: int) -> None:
    """The service stops well; who asked for nothing but the walk is told that it did not pass."""
    output = tmp_path / "output"
    with output.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            arguments(free_port(), tmp_path / "data", *flags),
            env=environment(tmp_path),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for_line(output, " 1. get a token")  # the step that takes longest
            process.send_signal(signal.SIGTERM)
            assert process.wait(END_S) == code, output.read_text(encoding="utf-8")
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    text = output.read_text(encoding="utf-8")
    assert "failed" not in text
    assert "Traceback" not in text
    assert quickstart(tmp_path, "--exit").returncode == 0, "what the walk left behind is no obstacle"
