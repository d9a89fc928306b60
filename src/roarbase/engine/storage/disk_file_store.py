"""The file store of a real machine: plain files, fdatasync, flock.

Offsets are given with each call (pread, pwrite), so no file position is shared between threads.
"""

import contextlib
import fcntl
import os
from pathlib import Path

from roarbase.engine.storage.file_store import File, Lock
from roarbase.errors import OperatorError

__all__ = ["DiskFile", "DiskFileStore"]

_LOCK_NAME = "LOCK"

_F_FULLFSYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)
"""macOS only, where fsync leaves the data in the drive's own cache and fdatasync is missing."""


def _sync(descriptor: int) -> None:
    if _F_FULLFSYNC is not None:
        fcntl.fcntl(descriptor, _F_FULLFSYNC)
    else:
        os.fdatasync(descriptor)


class DiskFile:
    """A file by its descriptor."""

    def __init__(self, path: Path, flags: int) -> None:
        self.path = path
        self._descriptor: int | None = os.open(path, flags | os.O_RDWR, 0o600)

    def _open_descriptor(self) -> int:
        if self._descriptor is None:
            raise ValueError(f"{self.path} is closed")
        return self._descriptor

    def size(self) -> int:
        return os.fstat(self._open_descriptor()).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        descriptor = self._open_descriptor()
        pieces = []
        while length and (piece := os.pread(descriptor, length, offset)):
            pieces.append(piece)
            offset += len(piece)
            length -= len(piece)
        return b"".join(pieces)

    def write_at(self, offset: int, data: bytes) -> None:
        descriptor = self._open_descriptor()
        rest = memoryview(data)
        while rest:
            # A nearly full disk, or a signal, may take a part only: the next call then says why, or goes on.
            written = os.pwrite(descriptor, rest, offset)
            if not written:
                raise OSError(f"{self.path}: the disk took none of {len(rest)} bytes at {offset}")
            offset += written
            rest = rest[written:]

    def sync(self) -> None:
        _sync(self._open_descriptor())

    def truncate(self, size: int) -> None:
        os.ftruncate(self._open_descriptor(), size)

    def preallocate(self, size: int) -> None:
        descriptor = self._open_descriptor()
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, size)
        elif self.size() < size:  # macOS: the zeros are promised, the space is not
            os.ftruncate(descriptor, size)

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


class _FileLock:
    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def release(self) -> None:
        # The LOCK file stays: removing it would let two holders lock two files of that name.
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


class DiskFileStore:
    """The file system of this machine."""

    def create_directory(self, path: Path) -> None:
        if path.is_dir():
            return
        if path.parent != path:
            self.create_directory(path.parent)
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
        self.sync_directory(path.parent)

    def list_names(self, directory: Path) -> list[str]:
        return sorted(os.listdir(directory))

    def create(self, path: Path) -> File:
        return DiskFile(path, os.O_CREAT | os.O_TRUNC)

    def open(self, path: Path) -> File:
        return DiskFile(path, 0)

    def rename(self, old: Path, new: Path) -> None:
        os.rename(old, new)

    def remove(self, path: Path) -> None:
        os.remove(path)

    def sync_directory(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def lock(self, directory: Path) -> Lock:
        descriptor = os.open(directory / _LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise OperatorError(
                f"{directory} is in use by another Roarbase; stop that one first", directory=str(directory)
            ) from None
        except OSError:
            os.close(descriptor)
            raise
        return _FileLock(descriptor)
