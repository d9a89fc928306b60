"""The life of the process: start, ready, signal, stop, and every way that a start can fail."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

SCRIPT = """
import asyncio, sys, time
from roarbase.errors import LogDamaged
from roarbase.planes.app import new_app
from roarbase.server.config import load_settings
from roarbase.server.run import serve

class Fake:
    def __init__(self, settings):
        self.app = new_app(settings)
        self.ready = False
        self.app.get("/slow")(self.slow)

    async def slow(self, seconds: float) -> str:
        print("slow", flush=True)
        await asyncio.sleep(seconds)
        return "done"

    async def start(self):
        print("starting", flush=True)
        {start}
        self.ready = True

    async def stop(self):
        print("stopped", flush=True)

def on_ready(running):
    print("address", running.address, flush=True)
    {on_ready}

flags = dict(a.split("=", 1) for a in sys.argv[1:])
sys.exit(serve(load_settings(flags), on_ready=on_ready if {listens} else None, build=Fake))
"""


class Process:
    """The script in a process of its own, its output line by line."""

    def __init__(self, folder: Path, *flags: str, start: str = "pass", on_ready: str = "") -> None:
        self.errors = folder / "errors.txt"
        script = SCRIPT.format(start=start, on_ready=on_ready or "pass", listens=bool(on_ready))
        arguments = [f"data_dir={folder / 'data'}", *(() if any(f.startswith("port=") for f in flags) else ["port=0"])]
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", script, *arguments, *flags], stdout=subprocess.PIPE, stderr=errors, text=True
            )

    def line(self, start: str) -> str:
        """The next line of output that starts so."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(start):
                return line.strip()
        raise AssertionError(f"no line {start!r}; errors: {self.errors.read_text()}")

    def origin(self) -> str:
        return self.line("Roarbase is ready at").split()[4]

    def exit_code(self, timeout_s: float = 15) -> int:
        return self.process.wait(timeout_s)

    def rest(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.read()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Starts processes, and ends those that a test left."""
    started: list[Process] = []

    def begin(*flags: str, **values: str) -> Process:
        started.append(Process(tmp_path, *flags, **values))
        return started[-1]

    yield begin
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
        each.process.wait()
        assert each.process.stdout is not None
        each.process.stdout.close()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_service_that_is_ready(start: Callable[..., Process], sent: signal.Signals) -> None:
    """It says where it is, answers, stops what it started, and exits 0."""
    process = start()
    origin = process.origin()
    assert httpx.get(f"{origin}/healthz").json() == {"status": "ok"}
    assert httpx.get(f"{origin}/readyz").status_code == 200
    process.process.send_signal(sent)
    assert process.exit_code() == 0
    assert process.rest() == "stopped\n"
    assert "Traceback" not in process.errors.read_text()


def test_health_answers_while_the_service_starts(start: Callable[..., Process]) -> None:
    """Ready is another question, and its answer is no until the start is through."""
    process = start("port=" + str(port := _free_port()), start="await asyncio.sleep(1.5)")
    process.line("starting")
    assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 503
    process.origin()
    assert httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200


def test_a_signal_during_the_start_ends_it(start: Callable[..., Process]) -> None:
    """What was opened is closed again."""
    process = start(start="await asyncio.sleep(30)")
    process.line("starting")
    time.sleep(0.3)
    process.process.send_signal(signal.SIGTERM)
    assert process.exit_code() == 0
    assert process.rest() == "stopped\n"


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def slow_request(origin: str, seconds: float) -> socket.socket:
    host, port = origin.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=15)
    connection.sendall(f"GET /slow?seconds={seconds} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    return connection


def everything(connection: socket.socket) -> bytes:
    data = b""
    with connection:
        while more := connection.recv(65536):
            data += more
    return data


def test_running_requests_are_finished(start: Callable[..., Process]) -> None:
    """New connections are refused meanwhile, and the running one gets its answer."""
    process = start()
    origin = process.origin()
    running = slow_request(origin, 1.2)
    process.line("slow")
    process.process.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{origin}/healthz")
    assert b'"done"' in everything(running)
    assert process.exit_code() == 0


def test_requests_that_take_too_long_are_cut_off(start: Callable[..., Process]) -> None:
    """After stop_seconds they are told so, and the service stops all the same."""
    process = start("stop_seconds=1")
    running = slow_request(process.origin(), 30)
    process.line("slow")
    process.process.send_signal(signal.SIGTERM)
    since = time.monotonic()
    assert process.exit_code() == 0
    assert time.monotonic() - since < 8
    assert b"503" in (answer := everything(running))
    assert b"Unavailable" in answer
    assert process.rest() == "stopped\n"


def test_a_second_signal_ends_at_once(start: Callable[..., Process]) -> None:
    """Whatever still runs."""
    process = start("stop_seconds=60")
    running = slow_request(process.origin(), 30)
    process.line("slow")
    process.process.send_signal(signal.SIGTERM)
    time.sleep(0.4)
    process.process.send_signal(signal.SIGTERM)
    assert process.exit_code(5) == 130
    assert "stopped" not in process.rest()
    running.close()


def test_a_taken_port_is_exit_code_3(start: Callable[..., Process]) -> None:
    """The port is named, and nothing was started."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        process = start(f"port={port}")
        assert process.exit_code() == 3
    errors = process.errors.read_text()
    assert errors == f"roarbase: port {port} of 127.0.0.1 is taken by another program; choose another with --port\n"
    assert process.rest() == ""


@pytest.mark.parametrize(
    ("flags", "start_code", "said"),
    [
        (["host=203.0.113.7"], "pass", "203.0.113.7"),
        ([f"data_dir={os.devnull}/x"], "pass", "data directory"),
        (["tls_cert=/nowhere/c.pem", "tls_key=/nowhere/k.pem"], "pass", "/nowhere/c.pem cannot be read"),
        ([], "raise LogDamaged('log segment 7 is damaged at byte 12')", "log segment 7 is damaged at byte 12"),
    ],
)
def test_what_the_operator_must_mend_is_one_sentence(
    start: Callable[..., Process], flags: list[str], start_code: str, said: str
) -> None:
    """Exit code 1, no traceback."""
    process = start(*flags, start=start_code)
    assert process.exit_code() == 1
    assert said in process.errors.read_text()
    assert len(process.errors.read_text().splitlines()) == 1


def test_a_bug_at_the_start_is_logged_and_ends_the_process(start: Callable[..., Process]) -> None:
    """Exit code 1 with the traceback, and what was opened is closed."""
    process = start(start="raise ZeroDivisionError")
    assert process.exit_code() == 1
    assert "ZeroDivisionError" in process.errors.read_text()
    assert process.rest() == "starting\nstopped\n"


def test_who_waits_for_readiness_may_stop_the_service(start: Callable[..., Process]) -> None:
    """With an exit code of his choice; his own failure is exit code 1."""
    stopped = start(on_ready="running.stop(7)")
    assert stopped.line("address").startswith("address http://127.0.0.1:")
    assert stopped.exit_code() == 7
    failed = start(on_ready="raise ZeroDivisionError")
    assert failed.exit_code() == 1
    assert "ZeroDivisionError" in failed.errors.read_text()


def test_a_blocking_listener_does_not_hold_the_service(start: Callable[..., Process]) -> None:
    """It runs in a thread: the service answers it, and a signal ends both."""
    ask = "urllib.request.urlopen(running.address + '/readyz').status"
    code = f"import urllib.request; print('asked', {ask}, flush=True); time.sleep(60)"
    process = start(on_ready=code)
    assert process.line("asked") == "asked 200"
    process.process.send_signal(signal.SIGTERM)
    assert process.exit_code() == 0


def test_tls_is_served(start: Callable[..., Process], tmp_path: Path) -> None:
    """With the authority in the data directory."""
    process = start("tls_self_signed=yes")
    origin = process.origin()
    assert origin.startswith("https://")
    authority = str(tmp_path / "data" / "tls" / "ca.pem")
    assert httpx.get(f"{origin}/healthz", verify=ssl.create_default_context(cafile=authority)).status_code == 200


def test_a_second_service_on_the_same_data_directory_does_not_start(start: Callable[..., Process]) -> None:
    """On whatever port: exit code 1 and one sentence, and the first one is not disturbed."""
    first = start()
    origin = first.origin()
    second = start(f"port={_free_port()}")
    assert second.exit_code() == 1
    assert f"is in use by another Roarbase (process {first.process.pid})" in second.errors.read_text()
    assert httpx.get(f"{origin}/readyz").status_code == 200
