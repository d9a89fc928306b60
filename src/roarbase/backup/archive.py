"""Backups in a tar archive that a web server offers: the folder of a backup, packed as it lies.

    tar czf backup.tar.gz -C FOLDER .

An archive cannot be asked for one file. So it is read once, as it comes, and what belongs to a backup is put into a
folder, for the time that it is needed: under the names that a backup gives, wherever the archive says it was.
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from roarbase.backup.folder import FolderTarget
from roarbase.backup.index import INDEX_KEY, is_own_key
from roarbase.backup.tar import Member, members_of
from roarbase.backup.target import Target
from roarbase.backup.web import WebFile
from roarbase.engine.storage.disk_file_store import DiskFileStore
from roarbase.errors import InvalidParameter, Unprocessable

__all__ = ["unpacked"]


@contextlib.contextmanager
def unpacked(
    source: Target | WebFile, folder: Path, most_bytes: int, tell: Callable[[], None] = lambda: None
) -> Iterator[Target]:
    """What a source has, to be asked file by file: the source itself, or of an archive a folder with what is in it.

    Args:
        folder: Is not there, and is there while the block lasts, if it is needed.
        most_bytes: How much an archive may have, unpacked.
        tell: Called again and again; may raise to stop.

    Raises:
        Unprocessable: It is no archive, not whole, or has something twice.
        ResourceLimitExceeded: It is too large.
        InvalidParameter, Unavailable: The server does not offer it, or broke off.
        OSError: The disk refuses.
    """
    if not isinstance(source, WebFile):
        yield source
        return
    folder.mkdir(mode=0o700, parents=True)  # refused where there is something: nobody else's may be removed
    try:
        _unpack(source, folder, most_bytes, tell)
        yield _Unpacked(folder, source.text)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Unpacked(FolderTarget):
    """The folder; messages tell where the archive came from."""

    def __init__(self, folder: Path, text: str) -> None:
        super().__init__(folder)
        self._text = text

    @property
    def text(self) -> str:
        return self._text


def _unpack(source: WebFile, folder: Path, most_bytes: int, tell: Callable[[], None]) -> None:
    (folder / "files").mkdir()
    begins: set[str] = set()
    taken: set[str] = set()
    for member in members_of(source.pieces(), most_bytes):
        begin, key = _place_of(member.name)
        if not key:
            continue
        begins.add(begin)
        if len(begins) > 1 or key in taken:
            raise Unprocessable(f"the archive {source.text} has more than one backup, or a file of one twice: {key}")
        taken.add(key)
        _write(member, folder / key, tell)
    if INDEX_KEY not in taken:
        raise InvalidParameter(f"{source.text} has no backup: there is no {INDEX_KEY} in it", place=source.text)


def _place_of(name: str) -> tuple[str, str]:
    """The folder that a member stood in, and its key in the backup; no key: it belongs to none."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    for count in (1, 2):
        key = "/".join(parts[-count:])
        if key == INDEX_KEY or is_own_key(key):
            return "/".join(parts[:-count]), key
    return "", ""


def _write(member: Member, path: Path, tell: Callable[[], None]) -> None:
    file, offset = DiskFileStore().create(path), 0
    try:
        for piece in member.pieces:
            file.write_at(offset, piece)
            offset += len(piece)
            tell()
    finally:
        file.close()
