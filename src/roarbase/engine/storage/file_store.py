"""The file store port: every byte that an engine keeps goes through these two protocols.

They promise no more than disks do. What was written is seen by readers at once and survives
the end of the process; it survives a power loss only once `File.sync` has returned, and a name
only once `sync_directory` has. A write that did not reach the file whole is always an OSError:
no short write goes unnoticed. After a failed `sync` nobody knows what is on disk, and a second
one on the same file may succeed without having written anything: do not repeat it.
"""

from pathlib import Path
from typing import Protocol

__all__ = ["File", "FileStore", "Lock"]


class File(Protocol):
    """An open file. All methods may raise OSError."""

    @property
    def path(self) -> Path:
        """Where it was opened: for messages; a rename does not change it."""
        ...

    def size(self) -> int: ...

    def read_at(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`: fewer only where the file ends."""
        ...

    def write_at(self, offset: int, data: bytes) -> None:
        """Write all of `data`, or raise; after an error any part of it may have been written."""
        ...

    def sync(self) -> None:
        """Return once the content and the size are on disk."""
        ...

    def truncate(self, size: int) -> None:
        """Cut the file; what is later added beyond `size` reads as zeros."""
        ...

    def preallocate(self, size: int) -> None:
        """Reserve disk space up to `size`, so that writes below it do not meet a full disk.

        A shorter file grows to `size` with zeros; existing content stays.
        """
        ...

    def close(self) -> None:
        """Release the file without syncing. Calling it again does nothing."""
        ...


class Lock(Protocol):
    """Exclusive use of a directory, until `release` or the end of the process."""

    def release(self) -> None:
        """Give it up. Calling it again does nothing."""
        ...


class FileStore(Protocol):
    """Directories and files. All methods may raise OSError; FileNotFoundError where a path is missing."""

    def create_directory(self, path: Path) -> None:
        """Make a directory and its missing parents, durably. One that is there stays as it is."""
        ...

    def list_names(self, directory: Path) -> list[str]:
        """The names in a directory, sorted."""
        ...

    def create(self, path: Path) -> File:
        """Make an empty file for reading and writing, in place of one that is there."""
        ...

    def open(self, path: Path) -> File:
        """Open an existing file for reading and writing."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name in one step, in place of a file that has it."""
        ...

    def remove(self, path: Path) -> None: ...

    def sync_directory(self, path: Path) -> None:
        """Return once the names made, changed and removed in a directory are on disk."""
        ...

    def lock(self, directory: Path) -> Lock:
        """Take exclusive use of a directory that exists.

        Raises:
            OperatorError: It is in use, by this process or another one.
        """
        ...
