"""The manifest: which snapshot files there are, and what the log has to add to them.

It is a snapshot file without sections, under one name, put in place in one step once all files that it names are on
disk. Its sequence number is the last entry whose effects are in everything that belongs to no shard; a shard may
have been written earlier, and then says up to which entry it `covers`. The log is needed behind the least of these.
Files that no manifest names are left from a snapshot that was cut short, or from the one before: they go.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from roarbase.engine.storage.file_store import FileStore
from roarbase.engine.storage.segment import damaged
from roarbase.engine.storage.snapshot_file import TEMPORARY, FileHeader, SnapshotFile, write_snapshot_file
from roarbase.model.fields import FieldSpec

__all__ = [
    "MANIFEST_NAME",
    "FieldRow",
    "Manifest",
    "RowsAbout",
    "RowsRow",
    "ShardAbout",
    "ShardRow",
    "TableRow",
    "file_name",
    "mark_of",
    "open_named",
    "read_manifest_or_none",
    "remove_unnamed",
    "write_manifest",
]

MANIFEST_NAME = "MANIFEST"
_KIND = "manifest"
_About = TypeVar("_About", bound=Struct)
_NAME = re.compile(r"(shard|rows)-\d{20}\.snap")


class ShardAbout(Struct, frozen=True, kw_only=True):
    """What the file of a shard tells beside its sections: `used` positions of it are in use, of `capacity`."""

    table: str
    shard: int
    used: int
    capacity: int


class RowsAbout(Struct, frozen=True, kw_only=True):
    """What a file of rows tells: `count` rows of a field, from the code `first` on."""

    table: str
    field: str
    first: int
    count: int


class FieldRow(Struct, frozen=True, kw_only=True):
    """One field of a table."""

    id: str
    spec: FieldSpec


class ShardRow(Struct, frozen=True, kw_only=True):
    """One shard: its file (empty: it holds nothing), and the last entry whose effects are in that."""

    shard: int
    covers: int
    file: str = ""


class RowsRow(Struct, frozen=True, kw_only=True):
    """One file of rows."""

    field: str
    first: int
    count: int
    file: str


class TableRow(Struct, frozen=True, kw_only=True):
    """One table.

    Attributes:
        entered: How many records ever got a position.
        next_position: Where the next one goes, if it is not told by its id.
        is_in_order: Whether the order of positions is that of first writes; of keys.
        kept_from: The entry since which keys of deleted records are kept, since fields refer to them.
        shards: Those that hold anything, or lack an entry up to the manifest's number.
    """

    id: str
    name: str
    is_keyed: bool | None
    entered: int
    next_position: int | None
    is_in_order: bool
    kept_from: int | None
    fields: list[FieldRow]
    shards: list[ShardRow]
    rows: list[RowsRow]


class Manifest(Struct, frozen=True, kw_only=True):
    """All tables; and the greatest number that a file's name had."""

    tables: list[TableRow]
    last_file: int

    def oldest(self, sequence: int) -> int:
        """The last entry that no shard lacks, in a manifest of this number."""
        return min((shard.covers for table in self.tables for shard in table.shards), default=sequence)

    def names(self) -> Iterator[str]:
        """The files that it names."""
        for table in self.tables:
            yield from (shard.file for shard in table.shards if shard.file)
            yield from (rows.file for rows in table.rows)


def file_name(kind: str, number: int) -> str:
    """The name of a file of kind "shard" or "rows".

    >>> file_name("shard", 7)
    'shard-00000000000000000007.snap'
    """
    return f"{kind}-{number:020}.snap"


def read_manifest_or_none(store: FileStore, directory: Path) -> tuple[FileHeader, Manifest] | None:
    """The manifest of a directory, if there is one.

    Raises:
        LogDamaged: It is not what was written.
        OSError: The disk refuses.
    """
    if MANIFEST_NAME not in store.list_names(directory):
        return None
    with SnapshotFile(store, directory / MANIFEST_NAME, _KIND, Manifest) as file:
        return file.header, file.about


def write_manifest(store: FileStore, directory: Path, header: FileHeader, manifest: Manifest) -> None:
    """Put a manifest in place, durably; the files that it names are on disk, their names included."""
    write_snapshot_file(store, directory / MANIFEST_NAME, header, _KIND, manifest, ())
    store.sync_directory(directory)


def open_named(store: FileStore, path: Path, kind: str, about: type[_About], log_id: bytes) -> SnapshotFile[_About]:
    """Open a file that the manifest names.

    Raises:
        LogDamaged: It is missing, belongs to another log, or is not what was written.
    """
    try:
        file = SnapshotFile(store, path, kind, about)
    except FileNotFoundError:
        raise damaged(path, 0, f"it is missing, and {MANIFEST_NAME} names it") from None
    if file.header.log_id != log_id:
        with file:
            raise damaged(path, 16, "it belongs to another log")
    return file


def mark_of(store: FileStore, path: Path, kind: str) -> str:
    """What tells a file of kind "shard" or "rows" from others, whatever their names; only little of it is read.

    Raises:
        LogDamaged: What is read of it is not what was written.
        OSError: The disk refuses.
    """
    with SnapshotFile(store, path, kind, _Anything) as file:
        return file.mark


class _Anything(Struct):
    """Whatever a table tells beside the sections."""


def remove_unnamed(store: FileStore, directory: Path, manifest: Manifest | None) -> None:
    """Remove snapshot files that the manifest does not name, and those whose writing was cut short."""
    named = set() if manifest is None else set(manifest.names())
    for name in store.list_names(directory):
        whole = name.removesuffix(TEMPORARY)
        if name not in named and (_NAME.fullmatch(whole) or name == MANIFEST_NAME + TEMPORARY):
            with contextlib.suppress(OSError):  # a file too many does no harm
                store.remove(directory / name)
