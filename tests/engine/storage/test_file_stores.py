"""The file stores keep the promises of their port, and those of their own."""

import errno
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.engine.storage.file_store import FileStore
from roarbase.errors import OperatorError
from roarbase.testing.contracts.file_store import FileStoreContract
from roarbase.testing.faulty_file_store import FaultyFileStore
from roarbase.testing.memory_file_store import MemoryFileStore


class TestDiskFileStore(FileStoreContract):
    @pytest.fixture
    def store(self) -> FileStore:
        return DiskFileStore()

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        (tmp_path / "root").mkdir()
        return tmp_path / "root"

    # The LOCK file makes this store's listing longer; the contract never lists a locked directory.

    def test_a_short_write_is_completed(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """When the system takes a part of a write, the rest is written too."""
        pwrite = os.pwrite
        monkeypatch.setattr(os, "pwrite", lambda fd, data, offset: pwrite(fd, data[:3], offset))
        file = DiskFileStore().create(root / "a")
        file.write_at(2, b"abcdefgh")
        assert file.read_at(0, 100) == b"\0\0abcdefgh"
        file.close()

    def test_a_write_that_takes_nothing_is_an_error(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A write of no bytes is reported and does not go round for ever."""
        monkeypatch.setattr(os, "pwrite", lambda *_: 0)
        file = DiskFileStore().create(root / "a")
        with pytest.raises(OSError, match="took none of 2 bytes"):
            file.write_at(0, b"ab")
        file.close()

    def test_a_short_read_is_completed(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """When the system gives a part of what is there, the rest is read too."""
        file = DiskFileStore().create(root / "a")
        file.write_at(0, b"abcdefgh")
        pread = os.pread
        monkeypatch.setattr(os, "pread", lambda fd, length, offset: pread(fd, min(length, 3), offset))
        assert file.read_at(1, 6) == b"bcdefg"
        file.close()

    def test_another_process_is_locked_out(self, root: Path) -> None:
        """The lock holds against other processes, and ends with its process."""
        program = (
            "import sys, pathlib, roarbase.engine.storage.disk_file_store as d\n"
            "lock = d.DiskFileStore().lock(pathlib.Path(sys.argv[1]))\n"
            "print('locked', flush=True)\nsys.stdin.read()\n"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", program, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == "locked\n"
            with pytest.raises(OperatorError):
                DiskFileStore().lock(root)
            child.kill()
        DiskFileStore().lock(root).release()

    def test_files_are_for_their_owner_only(self, root: Path) -> None:
        """Files and directories are made without access for others."""
        DiskFileStore().create(root / "a").close()
        DiskFileStore().create_directory(root / "b")
        assert [(root / name).stat().st_mode & 0o077 for name in "ab"] == [0, 0]


class TestMemoryFileStore(FileStoreContract):
    @pytest.fixture
    def store(self, root: Path) -> FileStore:
        store = MemoryFileStore()
        store.create_directory(root)
        return store

    @pytest.fixture
    def root(self) -> Path:
        return Path("/disk/root")


class TestFaultyFileStore(TestMemoryFileStore):
    """Without a fault the wrapper changes nothing."""

    @pytest.fixture
    def store(self, root: Path) -> FileStore:
        store = MemoryFileStore()
        store.create_directory(root)
        return FaultyFileStore(store)


ROOT = Path("/disk")


def store_with_file(content: bytes) -> MemoryFileStore:
    store = MemoryFileStore()
    store.create_directory(ROOT)
    file = store.create(ROOT / "a")
    file.write_at(0, content)
    file.sync()
    store.sync_directory(ROOT)
    return store


def outcomes(store: MemoryFileStore) -> set[bytes | None]:
    """The contents of file `a` that a power loss may leave."""
    found: set[bytes | None] = set()
    for seed in range(60):
        lost = store.after_power_loss(random.Random(seed))
        found.add(bytes(lost.content(ROOT / "a")) if "a" in lost.list_names(ROOT) else None)
    return found


def test_what_was_synced_survives_a_power_loss() -> None:
    """Synced content under a synced name is there, whatever else happened."""
    assert outcomes(store_with_file(b"kept")) == {b"kept"}


def test_what_was_not_synced_may_be_lost_or_torn() -> None:
    """A write that was not synced survives wholly, not at all, or in part."""
    store = store_with_file(b"aaaa")
    store.open(ROOT / "a").write_at(0, b"bbbb")
    assert {b"aaaa", b"bbbb", b"bbaa"} <= outcomes(store)


def test_a_name_that_was_not_synced_may_be_lost() -> None:
    """Without a sync of its directory a new file may be gone, and a removed one back."""
    store = store_with_file(b"old")
    store.remove(ROOT / "a")
    assert outcomes(store) == {b"old", None}


def test_a_failed_sync_forgets() -> None:
    """After a sync that failed, one that succeeds does not bring the data to disk."""
    inner = store_with_file(b"aaaa")
    store = FaultyFileStore(inner)
    file = store.open(ROOT / "a")
    file.write_at(0, b"bbbb")
    store.break_at(store.call_count + 1)
    with pytest.raises(OSError, match="input/output error"):
        file.sync()
    file.sync()
    assert file.read_at(0, 4) == b"bbbb"
    assert outcomes(inner) == {b"aaaa"}


def test_the_call_that_was_asked_for_fails() -> None:
    """One call fails, a write after half of its bytes; the next ones pass unless the fault lasts."""
    inner = store_with_file(b"aaaa")
    store = FaultyFileStore(inner, 2, lambda: OSError(errno.ENOSPC, "no space"))
    file = store.open(ROOT / "a")
    with pytest.raises(OSError, match="no space"):
        file.write_at(0, b"bbbb")
    assert file.read_at(0, 4) == b"bbaa"
    store.break_at(store.call_count + 1, is_lasting=True)
    for _ in range(2):
        with pytest.raises(OSError, match="no space"):
            store.list_names(ROOT)
    store.repair()
    assert store.list_names(ROOT) == ["a"]
