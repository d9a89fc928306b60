"""The runner's side of the workers: start one, ask it, end it."""

import select
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from bench.cseg import protocol

__all__ = ["Worker", "WorkerLost"]

_ROOT = Path(__file__).parent.parent.parent
_START_TIMEOUT_S = 120
_STOP_TIMEOUT_S = 20


class WorkerLost(Exception):
    """The process of a system ended, fell silent or failed at something it must be able to do."""


class Worker:
    """A process that runs one system."""

    def __init__(self, name: str, *, threads: int, state: str) -> None:
        self.name = name
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed by close)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.cseg.worker", name, str(threads), state],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=_ROOT,
        )
        try:
            ready = self._read(_START_TIMEOUT_S)
        except BaseException:
            self.close()
            raise
        assert isinstance(ready, protocol.Ready)
        self.version = ready.version
        self.ways = ready.ways

    def ask(self, request: protocol.Request, *, timeout_s: float) -> protocol.Reply:
        """The reply to a request.

        Raises:
            WorkerLost: The process is gone, or has not replied in time; it is of no use any more.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(protocol.write_line(request))
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerLost(f"{self.name}: the process is gone: {self._last_words()}") from error
        return self._read(timeout_s)

    def _read(self, timeout_s: float) -> protocol.Reply:
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], timeout_s)
        if not readable:
            raise WorkerLost(f"{self.name}: no reply within {timeout_s:g} s")
        line = self._process.stdout.readline()
        if not line:
            self._process.wait(_STOP_TIMEOUT_S)
            raise WorkerLost(f"{self.name}: ended with {self._process.returncode}: {self._last_words()}")
        return protocol.read_reply(line)

    def _last_words(self) -> str:
        """The last line that the process wrote to standard error."""
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def close(self) -> None:
        """End the process, by force if it does not listen. Calling it again does nothing."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None and not stream.closed:
                stream.close()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
