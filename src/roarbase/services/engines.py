"""The running engines of this process, one per deployment.

An engine's directory is `<root>/<deployment id>`. It is removed by renaming it first: a crash
half-way through a removal must not leave something that opens as an engine with parts missing.
"""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from roarbase.engine.port import Engine
from roarbase.errors import IncorrectState

__all__ = ["Engines", "OpenEngine"]

OpenEngine = Callable[[Path, int], Engine]
"""Opens (and makes, if absent) the engine in a directory, bounded to so many bytes of memory."""

_REMOVED = ".removed"


class Engines:
    """Opens, finds, closes and removes engines. Every method may be called from any thread."""

    def __init__(self, root: Path, open_engine: OpenEngine) -> None:
        self._root = root
        self._open_engine = open_engine
        self._engines: dict[str, Engine] = {}
        # A fixed number, so that asking for deployments that never were costs no memory.
        self._locks = tuple(threading.RLock() for _ in range(64))

    @contextmanager
    def exclusively(self, deployment_id: str) -> Iterator[None]:
        """Let one thread at a time change what a deployment consists of. Hold one at a time."""
        with self._locks[hash(deployment_id) % len(self._locks)]:
            yield

    def open(self, deployment_id: str, memory_limit_bytes: int) -> Engine:
        """Open the engine, making it if need be. An open one stays as it is."""
        with self.exclusively(deployment_id):
            engine = self._engines.get(deployment_id)
            if engine is None:
                self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
                engine = self._open_engine(self._root / deployment_id, memory_limit_bytes)
                self._engines[deployment_id] = engine
            return engine

    def get(self, deployment_id: str) -> Engine:
        """The open engine.

        Raises:
            IncorrectState: The deployment is not running.
        """
        engine = self._engines.get(deployment_id)
        if engine is None:
            raise IncorrectState("the deployment is not RUNNING", deployment_id=deployment_id)
        return engine

    def close(self, deployment_id: str) -> None:
        """Close the engine if it is open; queued writes are finished first."""
        with self.exclusively(deployment_id):
            engine = self._engines.pop(deployment_id, None)
            if engine is not None:
                engine.close()

    def remove(self, deployment_id: str) -> None:
        """Remove the files of a closed engine; nothing happens if there are none."""
        with self.exclusively(deployment_id):
            directory = self._root / deployment_id
            removed = self._root / f"{deployment_id}{_REMOVED}"
            if directory.exists():
                directory.rename(removed)
            if removed.exists():
                shutil.rmtree(removed)

    def close_all(self) -> None:
        """Close every engine."""
        for deployment_id in list(self._engines):
            self.close(deployment_id)
