"""What every file store promises: subclass `FileStoreContract` and say how to build one."""

from pathlib import Path

import pytest

from roarbase.engine.storage.file_store import FileStore
from roarbase.errors import OperatorError

__all__ = ["FileStoreContract"]


class FileStoreContract:
    """Tests for one file store. A subclass overrides both fixtures."""

    @pytest.fixture
    def store(self) -> FileStore:
        raise NotImplementedError

    @pytest.fixture
    def root(self) -> Path:
        """A directory that exists and is empty."""
        raise NotImplementedError

    def test_bytes_are_read_where_they_were_written(self, store: FileStore, root: Path) -> None:
        """What is written at an offset is read there, and a gap before it reads as zeros."""
        file = store.create(root / "a")
        file.write_at(5, b"hello")
        file.write_at(7, b"LL")
        assert file.read_at(0, 100) == bytes(5) + b"heLLo"
        assert (file.read_at(6, 2), file.size()) == (b"eL", 10)
        file.close()

    def test_reading_past_the_end_gives_what_is_there(self, store: FileStore, root: Path) -> None:
        """A read that reaches past the end is short; one that begins there is empty."""
        file = store.create(root / "a")
        assert file.read_at(0, 10) == b""
        file.write_at(0, b"abc")
        assert (file.read_at(2, 10), file.read_at(3, 1), file.read_at(0, 0)) == (b"c", b"", b"")
        file.close()

    def test_content_outlives_the_handle(self, store: FileStore, root: Path) -> None:
        """A file that was closed, synced or not, is opened again with its content."""
        file = store.create(root / "a")
        file.write_at(0, b"one")
        file.sync()
        file.write_at(3, b"two")
        file.close()
        file.close()
        again = store.open(root / "a")
        assert (again.read_at(0, 10), again.path) == (b"onetwo", root / "a")
        again.close()

    def test_create_replaces(self, store: FileStore, root: Path) -> None:
        """Creating a file that is there gives an empty one."""
        store.create(root / "a").close()
        file = store.open(root / "a")
        file.write_at(0, b"old")
        file.close()
        file = store.create(root / "a")
        assert file.size() == 0
        file.close()

    def test_truncate_cuts_for_good(self, store: FileStore, root: Path) -> None:
        """Bytes that were cut off do not come back when the file grows again."""
        file = store.create(root / "a")
        file.write_at(0, b"abcdef")
        file.truncate(2)
        assert file.size() == 2
        file.preallocate(5)
        assert file.read_at(0, 10) == b"ab\0\0\0"
        file.close()

    def test_preallocate_grows_with_zeros_and_never_shrinks(self, store: FileStore, root: Path) -> None:
        """Reserving space keeps the content, and reserving less than there is changes nothing."""
        file = store.create(root / "a")
        file.write_at(0, b"abc")
        file.preallocate(4096)
        assert (file.size(), file.read_at(0, 5)) == (4096, b"abc\0\0")
        file.preallocate(10)
        assert file.size() == 4096
        file.close()

    def test_names(self, store: FileStore, root: Path) -> None:
        """A directory lists its names in order, whatever was made, renamed and removed."""
        assert store.list_names(root) == []
        for name in ("c", "a", "b"):
            store.create(root / name).close()
        assert store.list_names(root) == ["a", "b", "c"]
        store.rename(root / "b", root / "d")
        store.remove(root / "a")
        store.sync_directory(root)
        assert store.list_names(root) == ["c", "d"]

    def test_rename_replaces(self, store: FileStore, root: Path) -> None:
        """A rename takes the place of the file that had the name."""
        for name in ("a", "b"):
            file = store.create(root / name)
            file.write_at(0, name.encode())
            file.close()
        store.rename(root / "a", root / "b")
        assert store.list_names(root) == ["b"]
        file = store.open(root / "b")
        assert file.read_at(0, 10) == b"a"
        file.close()

    def test_missing_paths(self, store: FileStore, root: Path) -> None:
        """What is not there is FileNotFoundError."""
        with pytest.raises(FileNotFoundError):
            store.open(root / "a")
        with pytest.raises(FileNotFoundError):
            store.remove(root / "a")
        with pytest.raises(FileNotFoundError):
            store.rename(root / "a", root / "b")
        with pytest.raises(FileNotFoundError):
            store.list_names(root / "none")
        with pytest.raises(FileNotFoundError):
            store.create(root / "none" / "a")

    def test_directories_are_made_with_their_parents(self, store: FileStore, root: Path) -> None:
        """Making a directory makes its parents; one that is there stays as it is."""
        deep = root / "x" / "y"
        store.create_directory(deep)
        store.create(deep / "a").close()
        store.create_directory(deep)
        assert store.list_names(deep) == ["a"]

    def test_a_directory_is_locked_once(self, store: FileStore, root: Path) -> None:
        """The second taker is refused with the directory named, until the first releases it."""
        store.create_directory(root / "x")
        lock = store.lock(root)
        store.lock(root / "x").release()
        with pytest.raises(OperatorError) as refusal:
            store.lock(root)
        assert str(root) in refusal.value.message
        lock.release()
        lock.release()
        again = store.lock(root)
        lock.release()
        with pytest.raises(OperatorError):
            store.lock(root)
        again.release()
