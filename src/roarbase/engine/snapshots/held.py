"""Files that are held while somebody copies them: together they are the tables at one moment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from roarbase.engine.storage.file_store import FileStore
from roarbase.engine.storage.log_tail import tail_pieces
from roarbase.engine.storage.manifest import MANIFEST_NAME, Manifest, mark_of
from roarbase.engine.storage.segment import segment_name
from roarbase.engine.storage.snapshot_file import FileHeader

__all__ = ["HeldFile", "HeldFiles", "held_files", "read_whole"]

_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A file. What is called may raise OSError or LogDamaged.

    Attributes:
        pieces: Gives its content from the start, the same each time.
        mark: Gives what tells it from files of other content, for far less than reading it; None: it is to be read.
    """

    name: str
    pieces: Callable[[], Iterator[bytes]]
    mark: Callable[[], str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldFiles:
    """All files that a directory needs to have the tables as they were after log entry `sequence`.

    Attributes:
        log_id: The identity of the log, which copies of the directory have too.
        tables: Their names by uuid.
    """

    log_id: bytes
    sequence: int
    tables: dict[str, str]
    files: tuple[HeldFile, ...]


def held_files(
    store: FileStore, directory: Path, header: FileHeader, manifest: Manifest, manifest_content: bytes
) -> HeldFiles:
    """What a manifest names, the manifest itself, and what the log has behind it."""
    files = [
        HeldFile(name, partial(_file_pieces, store, directory / name), partial(mark_of, store, directory / name, kind))
        for kind, name in sorted({(name.partition("-")[0], name) for name in manifest.names()})
    ]
    covered = manifest.oldest(header.sequence)
    tail = partial(tail_pieces, store, directory, header.log_id, covered, header.sequence)
    files.append(HeldFile(segment_name(covered + 1), tail))
    files.append(HeldFile(MANIFEST_NAME, lambda: iter((manifest_content,))))
    tables = {table.id: table.name for table in manifest.tables}
    return HeldFiles(log_id=header.log_id, sequence=header.sequence, tables=tables, files=tuple(files))


def read_whole(store: FileStore, path: Path) -> bytes:
    """The content of a small file. Raises OSError if the disk refuses."""
    return b"".join(_file_pieces(store, path))


def _file_pieces(store: FileStore, path: Path) -> Iterator[bytes]:
    file = store.open(path)
    try:
        offset = 0
        while piece := file.read_at(offset, _PIECE_BYTES):
            yield piece
            offset += len(piece)
    finally:
        file.close()
