"""The service under torture: the real command, killed and started at any moment.

`make torture` starts `roarbase serve` as an operator does. In `make test` there is no time for twenty times the
imports (two seconds of a processor each): there every start is forked from one process that has imported
everything and runs nothing. From `main` on both are the same.
"""

import faulthandler
import multiprocessing
import os
import signal
import time
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Protocol

import httpx

from roarbase.cli import main
from tests.support.kernels import shares_kernels
from tests.support.process import EMAIL, PASSWORD, ServiceProcess

__all__ = ["PRELOADED", "TorturedService"]

PRELOADED = [
    "roarbase.cli.serve",
    "roarbase.server.wiring",
    "roarbase.engine.kernels.load",
    "tests.durability.service",
]


class _Process(Protocol):
    """What is needed of a process, however it was started."""

    pid: int | None

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...


class _Forked:
    """A start forked from a process with everything imported."""

    def __init__(self, arguments: list[str], log: Path) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(PRELOADED)
        administrator = {"ROARBASE_ADMIN_EMAIL": EMAIL, "ROARBASE_ADMIN_PASSWORD": PASSWORD}
        variables = {**shares_kernels(), **administrator}
        self._process: ForkServerProcess = context.Process(target=_serve, args=(arguments, variables, log))
        self._process.start()
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        assert self._process.exitcode is not None
        return self._process.exitcode


def _serve(arguments: list[str], variables: dict[str, str], log: Path) -> None:
    """Become `roarbase serve`."""
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.environ.update(variables)
    faulthandler.enable()
    main(["serve", *arguments])


class TorturedService:
    """One data directory, and the process that serves it while there is one.

    Args:
        is_forked: Whether starts are forked from a warm process.
        flags: Further flags of `roarbase serve`.
    """

    def __init__(self, data_dir: Path, *flags: str, is_forked: bool) -> None:
        self.data_dir = data_dir
        # Beyond the longest run: a token outlives the processes, and nobody has to sign in again.
        self._real = ServiceProcess(data_dir, "--access-token-seconds", "86400", *flags)
        self._is_forked = is_forked
        self._process: _Process | None = None
        self._probe = httpx.Client(base_url=self._real.url, timeout=5, trust_env=False)
        self._token = ""
        self.start_s = 1.0  # how long the last whole start took

    def begin(self) -> None:
        """Start a process and do not wait for it."""
        assert self._process is None
        self._process = self._forked() if self._is_forked else self._real.launch()

    def _forked(self) -> _Forked:
        arguments = ["--port", str(self._real.port), "--data-dir", str(self._real.data_dir), *self._real.flags]
        return _Forked(arguments, self._real.log)

    def start(self, timeout_s: float = 120) -> None:
        """Start, and wait until it is ready.

        Raises:
            AssertionError: It ended or was not ready in time; with the end of its log.
        """
        begun_s = time.monotonic()
        self.begin()
        while time.monotonic() - begun_s < timeout_s:
            assert self._process is not None
            code = self._process.poll()
            assert code is None, f"the service did not start, exit code {code}; its log ends:\n{self._real.log_text()}"
            if self._is_ready():
                self.start_s = time.monotonic() - begun_s
                return
            time.sleep(0.01)
        self._tell_where_it_is()
        raise AssertionError(f"the service was not ready in {timeout_s} s; its log ends:\n{self._real.log_text()}")

    def _tell_where_it_is(self) -> None:
        """Have the process write to its log where each of its threads is; that ends it."""
        os.kill(self.pid, signal.SIGABRT)
        assert self._process is not None
        self._process.wait(30)

    def _is_ready(self) -> bool:
        try:
            return self._probe.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """SIGKILL, if a process is there; it is gone when this returns."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            assert process.pid is not None
            os.kill(process.pid, signal.SIGKILL)  # it is our child and not reaped: the id is still its own
        process.wait(30)

    def terminate(self) -> None:
        """SIGTERM; does not wait."""
        os.kill(self.pid, signal.SIGTERM)

    def close(self) -> None:
        """End what is running."""
        self.kill()
        self._probe.close()

    @property
    def pid(self) -> int:
        """Of the process that serves."""
        assert self._process is not None
        assert self._process.pid is not None
        return self._process.pid

    def sign_in(self) -> str:
        """A new token of the administrator."""
        return self._real.sign_in()

    def log_text(self) -> str:
        """The end of what the processes have logged."""
        return self._real.log_text()

    def client(self) -> httpx.Client:
        """A new connection, signed in as the administrator."""
        self._token = self._token or self._real.sign_in()
        return self._real.api(self._token)
