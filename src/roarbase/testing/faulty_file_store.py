"""A file store that fails when told: at the Nth call, once or from then on, or as somebody decides at each call."""

import errno
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from roarbase.engine.storage.file_store import File, FileStore, Lock
from roarbase.testing.memory_file_store import MemoryFile

__all__ = ["FaultyFile", "FaultyFileStore"]


@dataclass
class _Faults:
    """Which call fails. Calls are counted from 1 over the store and all its files."""

    fail_at: int | None
    error: Callable[[], BaseException]
    is_lasting: bool
    part_written: float
    decide: Callable[[str], BaseException | None]
    calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    count: int = 0

    def call(self, name: str) -> BaseException | None:
        """Note a call; the error with which it fails, if it does."""
        self.count += 1
        self.calls[name] += 1
        if self.fail_at is None or self.count < self.fail_at or (self.count > self.fail_at and not self.is_lasting):
            return self.decide(name)
        return self.error()

    def check(self, name: str) -> None:
        if error := self.call(name):
            raise error


class FaultyFile:
    """A file of a `FaultyFileStore`."""

    def __init__(self, inner: File, faults: _Faults) -> None:
        self._inner = inner
        self._faults = faults

    @property
    def path(self) -> Path:
        return self._inner.path

    def size(self) -> int:
        self._faults.check("size")
        return self._inner.size()

    def read_at(self, offset: int, length: int) -> bytes:
        self._faults.check("read_at")
        return self._inner.read_at(offset, length)

    def write_at(self, offset: int, data: bytes) -> None:
        if error := self._faults.call("write_at"):
            part = data[: int(len(data) * self._faults.part_written)]  # a disk that fails has often taken a part
            if part:
                self._inner.write_at(offset, part)
            raise error
        self._inner.write_at(offset, data)

    def sync(self) -> None:
        if error := self._faults.call("sync"):
            if isinstance(self._inner, MemoryFile) and isinstance(error, OSError):
                self._inner.forget_unsynced()
            raise error
        self._inner.sync()

    def truncate(self, size: int) -> None:
        self._faults.check("truncate")
        self._inner.truncate(size)

    def preallocate(self, size: int) -> None:
        self._faults.check("preallocate")
        self._inner.preallocate(size)

    def close(self) -> None:
        self._faults.check("close")
        self._inner.close()


class FaultyFileStore:
    """Another store in which the call number `fail_at` fails, a write after a part of its bytes.

    Args:
        fail_at: From 1; None lets every call pass. May be changed at any time.
        error: Makes the error: OSError for a fault, anything else for the end of the world.
        is_lasting: All later calls fail too, until `repair`.
        part_written: How much of its bytes a write that fails has taken: 0 none, 1 all.
        decide: Asked before each call that is to pass, with the name of the method; the error that it gives is raised.
    """

    def __init__(
        self,
        inner: FileStore,
        fail_at: int | None = None,
        error: Callable[[], BaseException] = lambda: OSError(errno.EIO, "input/output error"),
        is_lasting: bool = False,
        part_written: float = 0.5,
        decide: Callable[[str], BaseException | None] = lambda _: None,
    ) -> None:
        self._inner = inner
        self._faults = _Faults(fail_at, error, is_lasting, part_written, decide)

    @property
    def call_count(self) -> int:
        return self._faults.count

    def calls(self, name: str) -> int:
        """How often a method was called, on the store or a file."""
        return self._faults.calls[name]

    def break_at(self, fail_at: int, is_lasting: bool = False) -> None:
        self._faults.fail_at, self._faults.is_lasting = fail_at, is_lasting

    def repair(self) -> None:
        self._faults.fail_at = None

    def create_directory(self, path: Path) -> None:
        self._faults.check("create_directory")
        self._inner.create_directory(path)

    def list_names(self, directory: Path) -> list[str]:
        self._faults.check("list_names")
        return self._inner.list_names(directory)

    def create(self, path: Path) -> File:
        self._faults.check("create")
        return FaultyFile(self._inner.create(path), self._faults)

    def open(self, path: Path) -> File:
        self._faults.check("open")
        return FaultyFile(self._inner.open(path), self._faults)

    def rename(self, old: Path, new: Path) -> None:
        self._faults.check("rename")
        self._inner.rename(old, new)

    def remove(self, path: Path) -> None:
        self._faults.check("remove")
        self._inner.remove(path)

    def sync_directory(self, path: Path) -> None:
        self._faults.check("sync_directory")
        self._inner.sync_directory(path)

    def lock(self, directory: Path) -> Lock:
        self._faults.check("lock")
        return self._inner.lock(directory)
