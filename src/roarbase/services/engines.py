"""The running engines of this process, one per deployment.

An engine's directory is `<root>/<deployment id>`. It is removed by renaming it first: a crash
half-way through a removal must not leave something that opens as an engine with parts missing.

While a backup is restored, `<deployment id>.restored` is what will take the directory's place, and then
`<deployment id>.before` what had it: as long as that is there, it can be put back. What came in an archive lies in
`<deployment id>.archive` until then.
"""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakValueDictionary

from roarbase.engine.port import Engine
from roarbase.errors import OperatorError, RoarbaseError, Unavailable
from roarbase.services.sequences import NotingEngine

__all__ = ["Engines", "OpenEngine"]

OpenEngine = Callable[[Path, int], Engine]
"""Opens (and makes, if absent) the engine in a directory, bounded to so many bytes of memory."""

_REMOVED = ".removed"
_RESTORED = ".restored"
_BEFORE = ".before"
_ARCHIVE = ".archive"


class Engines:
    """Opens, finds, closes and removes engines. Every method may be called from any thread."""

    def __init__(self, root: Path, open_engine: OpenEngine) -> None:
        self._root = root
        self._open_engine = open_engine
        self._engines: dict[str, NotingEngine] = {}
        # One for each deployment that is being changed: whoever holds or awaits it keeps it here.
        self._locks: WeakValueDictionary[str, threading.RLock] = WeakValueDictionary()
        self._guard = threading.Lock()

    @contextmanager
    def exclusively(self, deployment_id: str) -> Iterator[None]:
        """Let one thread at a time change what a deployment consists of. Hold one at a time.

        Ask first whether the caller may see the deployment: nobody should wait for what is not his.
        """
        with self._guard:
            lock = self._locks.setdefault(deployment_id, threading.RLock())
        with lock:
            yield

    def open(self, deployment_id: str, memory_limit_bytes: int, *, makes_it: bool = True) -> Engine:
        """Open the engine, making it if need be. An open one stays as it is.

        Args:
            makes_it: False where it has been made before. Begun anew, it would be empty, and nobody would be told.

        Raises:
            OperatorError: The directory cannot be used, or is missing and not to be made.
        """
        with self.exclusively(deployment_id):
            engine = self._engines.get(deployment_id)
            if engine is None:
                directory = self._root / deployment_id
                if not makes_it and not directory.is_dir():
                    raise OperatorError(
                        f"{directory} is missing, where the data of a running deployment should be: is the right "
                        "data directory mounted? Restore it from a backup",
                        directory=str(directory),
                    )
                engine = NotingEngine(self._open_engine(directory, memory_limit_bytes))
                self._engines[deployment_id] = engine
            return engine

    def get(self, deployment_id: str) -> Engine:
        """The open engine of a deployment that is RUNNING.

        Raises:
            Unavailable: It is not open yet, or no longer: the service starts or stops.
        """
        engine = self._engines.get(deployment_id)
        if engine is None:
            sentence = "the deployment's engine is not open: the service is starting or stopping"
            raise Unavailable(sentence, deployment_id=deployment_id, retry_after_s=1)
        return engine

    def all_open(self) -> list[tuple[str, Engine]]:
        """The open engines, each with its deployment's id."""
        return list(self._engines.items())

    def close(self, deployment_id: str) -> None:
        """Close the engine if it is open; queued writes are finished first."""
        with self.exclusively(deployment_id):
            engine = self._engines.pop(deployment_id, None)
            if engine is not None:
                engine.close()

    def remove(self, deployment_id: str) -> None:
        """Remove the files of a closed engine; nothing happens if there are none."""
        with self.exclusively(deployment_id):
            self._remove(self._root / deployment_id)

    # ---- restoring ---------------------------------------------------------------------------

    def suspend(self, deployment_id: str, refusal: RoarbaseError) -> None:
        """Refuse writes and changes from now on; questions are answered."""
        engine = self._engines.get(deployment_id)
        if engine is not None:
            engine.refusal = refusal

    def resume(self, deployment_id: str) -> None:
        """Take writes again."""
        engine = self._engines.get(deployment_id)
        if engine is not None:
            engine.refusal = None

    def staging(self, deployment_id: str) -> Path:
        """The directory, not there yet, for what is to take the place of a deployment's.

        Raises:
            OSError: What an earlier restore left cannot be removed.
        """
        with self.exclusively(deployment_id):
            for ending in (_RESTORED, _BEFORE, _ARCHIVE):
                if self._path(deployment_id, ending).exists():
                    shutil.rmtree(self._path(deployment_id, ending))
        return self._path(deployment_id, _RESTORED)

    def archive_room(self, deployment_id: str) -> Path:
        """The directory, not there yet, for what an archive has that is to be restored."""
        return self._path(deployment_id, _ARCHIVE)

    def replace(self, deployment_id: str, memory_limit_bytes: int, accept: Callable[[Engine], None]) -> None:
        """Put what was staged in place of a deployment's data, and open it.

        Args:
            accept: Called with the new engine; once it returns, the new data is the deployment's.

        Raises:
            Whatever opening it, or `accept`, raised: then the old engine is open again, with what it had.
        """
        with self.exclusively(deployment_id):
            self.close(deployment_id)
            try:
                self._swap(deployment_id)
                accept(self.open(deployment_id, memory_limit_bytes, makes_it=False))
            except BaseException:
                self.close(deployment_id)
                self.put_back(deployment_id)
                self.open(deployment_id, memory_limit_bytes, makes_it=False)
                raise
            self.remove_leftovers(deployment_id)

    def put_back(self, deployment_id: str) -> None:
        """Have a closed engine's directory as it was before `replace`, if that was begun."""
        with self.exclusively(deployment_id):
            before = self._path(deployment_id, _BEFORE)
            if before.exists():
                self._remove(self._root / deployment_id)
                before.rename(self._root / deployment_id)
                self._sync()

    def remove_leftovers(self, deployment_id: str | None = None) -> None:
        """Remove what restores left of a deployment, or of all of them, while none is being put in place.

        What cannot be removed stays until the next one, or the next start.
        """
        for ending in (_RESTORED, _BEFORE, _ARCHIVE):
            for path in self._root.glob(f"{deployment_id or '*'}{ending}"):
                shutil.rmtree(path, ignore_errors=True)

    def _swap(self, deployment_id: str) -> None:
        (self._root / deployment_id).rename(self._path(deployment_id, _BEFORE))
        self._sync()  # the two names must not change in another order, which would leave neither
        self._path(deployment_id, _RESTORED).rename(self._root / deployment_id)
        self._sync()

    def _path(self, deployment_id: str, ending: str) -> Path:
        return self._root / f"{deployment_id}{ending}"

    def _remove(self, directory: Path) -> None:
        removed = self._root / f"{directory.name}{_REMOVED}"
        if directory.exists():
            if removed.exists():  # what an earlier removal left
                shutil.rmtree(removed)
            directory.rename(removed)
        if removed.exists():
            shutil.rmtree(removed)

    def _sync(self) -> None:
        descriptor = os.open(self._root, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def close_all(self) -> None:
        """Close every engine."""
        for deployment_id in list(self._engines):
            self.close(deployment_id)
