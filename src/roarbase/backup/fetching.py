"""Fetching a backup: its files in a directory that an engine opens, every byte checked."""

import hashlib
from pathlib import Path

from roarbase.backup.index import FileRow, Index
from roarbase.backup.making import Progress
from roarbase.backup.target import Target
from roarbase.engine.storage.file_store import FileStore
from roarbase.errors import ResourceNotFound, Unprocessable

__all__ = ["fetch_backup"]


def fetch_backup(
    target: Target,
    index: Index,
    store: FileStore,
    directory: Path,
    progress: Progress = lambda _done, _of: None,
) -> None:
    """Put the files of a backup into an empty directory, durably. After an error, remove it.

    Raises:
        Unprocessable: The backup is not whole: a file is missing, or not what was sent.
        InvalidParameter, Unavailable: The target cannot be used.
        OSError: The disk refuses.
    """
    store.create_directory(directory)
    for number, row in enumerate(index.files):
        progress(number, len(index.files))
        _fetch(target, row, store, directory / row.name)
    store.sync_directory(directory)
    progress(len(index.files), len(index.files))


def _fetch(target: Target, row: FileRow, store: FileStore, path: Path) -> None:
    digest, offset = hashlib.sha256(), 0
    file = store.create(path)
    try:
        for piece in target.pieces(row.key):
            if offset + len(piece) > row.size:
                raise _not_whole(target, row, f"has more than {row.size} bytes")
            file.write_at(offset, piece)
            digest.update(piece)
            offset += len(piece)
        if offset < row.size:
            raise _not_whole(target, row, f"has {offset} of {row.size} bytes")
        if digest.hexdigest() != row.sha256:
            raise _not_whole(target, row, "is not what was sent: its checksum differs")
        file.sync()
    except ResourceNotFound:
        raise _not_whole(target, row, "is missing") from None
    finally:
        file.close()


def _not_whole(target: Target, row: FileRow, reason: str) -> Unprocessable:
    return Unprocessable(
        f"the backup in {target.text} is not whole: {row.key} {reason}", place=target.text, key=row.key
    )
