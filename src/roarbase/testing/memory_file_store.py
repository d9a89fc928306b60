"""A file store in memory that can lose its power.

It keeps, beside what a reader sees, what is on disk for sure and what was done
since. `after_power_loss` gives the store that a machine finds when it comes back: of the things
not synced, some happened and some did not, in no order, and a write may be torn.
"""

import errno
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from roarbase.engine.storage.file_store import File, Lock
from roarbase.errors import OperatorError

__all__ = ["MemoryFile", "MemoryFileStore"]

_SECTOR_BYTES = 512
"""A disk writes a sector wholly or not at all."""


@dataclass
class _Content:
    """A file's content, whatever its names are."""

    seen: bytearray = field(default_factory=bytearray)
    durable: bytearray = field(default_factory=bytearray)
    pending: list[tuple[int, bytes] | int] = field(default_factory=list)  # writes at offsets, and new sizes

    def after_power_loss(self, chance: random.Random) -> "_Content":
        disk = bytearray(self.durable)
        for action in self.pending:
            if isinstance(action, int):
                if chance.random() < 0.5:
                    _resize(disk, action)
            else:
                for offset, piece in _surviving_pieces(*action, chance):
                    _write(disk, offset, piece)
        return _Content(seen=disk, durable=bytearray(disk))


def _resize(content: bytearray, size: int) -> None:
    del content[size:]
    content.extend(bytes(size - len(content)))


def _write(content: bytearray, offset: int, data: bytes) -> None:
    if len(content) < offset + len(data):
        _resize(content, offset + len(data))
    content[offset : offset + len(data)] = data


def _surviving_pieces(offset: int, data: bytes, chance: random.Random) -> list[tuple[int, bytes]]:
    """What of a write reached the disk: all, nothing, the beginning, or any of its sectors."""
    fate = chance.choice(("all", "none", "beginning", "sectors"))
    if fate == "all":
        return [(offset, data)]
    if fate == "none":
        return []
    if fate == "beginning":
        return [(offset, data[: chance.randrange(len(data) + 1)])]
    cuts = [0, *range(-offset % _SECTOR_BYTES or _SECTOR_BYTES, len(data), _SECTOR_BYTES), len(data)]
    pieces = [(offset + a, data[a:b]) for a, b in pairwise(cuts)]
    return [piece for piece in pieces if chance.random() < 0.5]


@dataclass
class _Directory:
    seen: dict[str, _Content] = field(default_factory=dict)
    durable: dict[str, _Content] = field(default_factory=dict)
    pending: list[dict[str, _Content | None]] = field(default_factory=list)  # each happens wholly or not at all

    def change(self, names: dict[str, _Content | None]) -> None:
        _change_names(self.seen, names)
        self.pending.append(names)


def _change_names(directory: dict[str, _Content], names: dict[str, _Content | None]) -> None:
    for name, content in names.items():
        if content is None:
            directory.pop(name, None)
        else:
            directory[name] = content


class MemoryFile:
    """A file of a `MemoryFileStore`."""

    def __init__(self, path: Path, content: _Content) -> None:
        self.path = path
        self._content = content

    def size(self) -> int:
        return len(self._content.seen)

    def read_at(self, offset: int, length: int) -> bytes:
        return bytes(self._content.seen[offset : offset + length])

    def write_at(self, offset: int, data: bytes) -> None:
        _write(self._content.seen, offset, data)
        self._content.pending.append((offset, data))

    def sync(self) -> None:
        # Not a copy of what is seen: that may hold what a failed sync has forgotten.
        for action in self._content.pending:
            if isinstance(action, int):
                _resize(self._content.durable, action)
            else:
                _write(self._content.durable, *action)
        self._content.pending.clear()

    def forget_unsynced(self) -> None:
        """What Linux does when a sync fails: readers go on seeing what no later sync will write."""
        self._content.pending.clear()

    def truncate(self, size: int) -> None:
        _resize(self._content.seen, size)
        self._content.pending.append(size)

    def preallocate(self, size: int) -> None:
        if self.size() < size:
            self.truncate(size)

    def close(self) -> None:
        pass


class _MemoryLock:
    def __init__(self, release: Callable[[], None]) -> None:
        self._release: Callable[[], None] | None = release

    def release(self) -> None:
        if self._release is not None:
            self._release()
            self._release = None


class MemoryFileStore:
    """Files in memory, with what a power loss would leave of them."""

    def __init__(self) -> None:
        self._directories: dict[Path, _Directory] = {}
        self._locked: set[Path] = set()

    def after_power_loss(self, chance: random.Random) -> "MemoryFileStore":
        """The store as it is found afterwards. Directories made were synced when they were made."""
        store = MemoryFileStore()
        survivors: dict[int, _Content] = {}
        for path, directory in self._directories.items():
            names = dict(directory.durable)
            for change in directory.pending:
                if chance.random() < 0.5:
                    _change_names(names, change)
            for content in names.values():
                if id(content) not in survivors:
                    survivors[id(content)] = content.after_power_loss(chance)
            found = {name: survivors[id(content)] for name, content in names.items()}
            store._directories[path] = _Directory(seen=dict(found), durable=found)
        return store

    def after_crash(self) -> "MemoryFileStore":
        """The store as the next process finds it: all that was written is seen, nothing is locked."""
        store = MemoryFileStore()
        store._directories = self._directories
        return store

    def content(self, path: Path) -> bytearray:
        """What a reader of the file sees, to be looked at and damaged by tests."""
        return self._get_directory(path.parent).seen[path.name].seen

    def create_directory(self, path: Path) -> None:
        for directory in (path, *path.parents):
            self._directories.setdefault(directory, _Directory())

    def list_names(self, directory: Path) -> list[str]:
        return sorted(self._get_directory(directory).seen)

    def create(self, path: Path) -> File:
        content = _Content()
        self._get_directory(path.parent).change({path.name: content})
        return MemoryFile(path, content)

    def open(self, path: Path) -> File:
        return MemoryFile(path, self._get_content(path))

    def rename(self, old: Path, new: Path) -> None:
        assert old.parent == new.parent, "files are renamed within their directory"
        self._get_directory(old.parent).change({old.name: None, new.name: self._get_content(old)})

    def remove(self, path: Path) -> None:
        self._get_content(path)
        self._get_directory(path.parent).change({path.name: None})

    def sync_directory(self, path: Path) -> None:
        directory = self._get_directory(path)
        directory.durable = dict(directory.seen)
        directory.pending.clear()

    def lock(self, directory: Path) -> Lock:
        self._get_directory(directory)
        if directory in self._locked:
            raise OperatorError(f"{directory} is in use by another Roarbase", directory=str(directory))
        self._locked.add(directory)
        return _MemoryLock(lambda: self._locked.discard(directory))

    def _get_directory(self, path: Path) -> _Directory:
        if path not in self._directories:
            raise FileNotFoundError(errno.ENOENT, "no such directory", str(path))
        return self._directories[path]

    def _get_content(self, path: Path) -> _Content:
        directory = self._get_directory(path.parent)
        if path.name not in directory.seen:
            raise FileNotFoundError(errno.ENOENT, "no such file", str(path))
        return directory.seen[path.name]
