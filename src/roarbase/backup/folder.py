"""Backups in a folder of this machine."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.engine.storage.file_store import FileStore
from roarbase.errors import ResourceNotFound, Unavailable

__all__ = ["FolderTarget"]

_PIECE_BYTES = 1 << 20
_TEMPORARY = ".part"


class FolderTarget:
    """A folder, which is made when the first object is written. An object is a file, its key the path below it."""

    def __init__(self, folder: Path, store: FileStore | None = None) -> None:
        self._folder = folder
        self._store = store or DiskFileStore()

    @property
    def text(self) -> str:
        return str(self._folder)

    def pieces(self, key: str) -> Iterator[bytes]:
        path = self._folder / key
        try:
            with path.open("rb") as file:
                while piece := file.read(_PIECE_BYTES):
                    yield piece
        except (FileNotFoundError, NotADirectoryError):
            raise ResourceNotFound(f"there is no {path}", path=str(path)) from None
        except OSError as error:
            raise _refusal(path, error) from error

    def write(self, key: str, pieces: Iterable[bytes]) -> None:
        path = self._folder / key
        temporary = path.with_name(path.name + _TEMPORARY)
        with _refusing(path):
            self._store.create_directory(path.parent)
            file = self._store.create(temporary)
        try:
            offset = 0
            for piece in pieces:  # what this raises is not the folder's error
                with _refusing(path):
                    file.write_at(offset, piece)
                offset += len(piece)
            with _refusing(path):
                file.sync()
                file.close()
                self._store.rename(temporary, path)
                self._store.sync_directory(path.parent)
        except BaseException:
            with contextlib.suppress(OSError):
                file.close()
            with contextlib.suppress(OSError):
                self._store.remove(temporary)
            raise

    def sizes(self) -> dict[str, int]:
        found: dict[str, int] = {}
        with _refusing(self._folder):
            for folder, _, names in os.walk(self._folder, onerror=_raise):
                for name in names:
                    path = Path(folder, name)
                    found[path.relative_to(self._folder).as_posix()] = path.lstat().st_size
        return found

    def remove(self, key: str) -> None:
        with _refusing(self._folder / key), contextlib.suppress(FileNotFoundError):
            self._store.remove(self._folder / key)


@contextlib.contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _refusal(path, error) from error


def _raise(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error


def _refusal(path: Path, error: OSError) -> Unavailable:
    return Unavailable(f"{path}: {error.strerror or error}", path=str(path))
