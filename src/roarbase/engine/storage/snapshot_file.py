"""Snapshot files: arrays in sections, each compressed and checked by itself, and a table of them.

One layout serves shards, the rows of fields and the manifest, which is a table without sections. The file
begins with a header of 64 bytes; sections follow one behind the other, then the table. All numbers
are little-endian.

    offset  bytes
         0      8  "ROARSNP" and a line feed
         8      4  version of the file's layout: 1
        12      4  CRC-32 of the header, with zeros in this place, and of the table
        16     16  identity of the log that the file belongs to
        32      8  sequence number: the file has the effects of all log entries up to this one
        40      8  where the table begins
        48      8  length of the table; the file ends with it
        56      8  zeros

The table is JSON: `{"kind": .., "about": {..}, "sections": [..]}`. A section of it says `field` (a field's id,
empty for what is the records' own), `what` it is, the `type` of its values as numpy writes it ("<u4"),
the `base` that they count from, their `count`, and the `offset`, `size` and `crc` (CRC-32) of what is in the file:
one zstd frame with the values, byte by byte: first the lowest bytes of all values, then the next ones, and so on.
That alone makes cseg's files an eighth smaller, since the highest bytes of neighbours are alike.

A file has its name only once all of it is on disk: it is made under a temporary name. So one that is not whole
is always damage.
"""

import contextlib
import hashlib
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import numpy as np
import zstandard
from msgspec import Struct
from numpy.typing import NDArray

from roarbase.engine.buffers.layout import aligned
from roarbase.engine.buffers.pieces import Piece
from roarbase.engine.storage.file_store import File, FileStore
from roarbase.engine.storage.segment import damaged
from roarbase.errors import LogDamaged

__all__ = ["TEMPORARY", "FileHeader", "Labelled", "Section", "SectionRow", "SnapshotFile", "write_snapshot_file"]

_MAGIC = b"ROARSNP\n"
_VERSION = 1
_HEADER = struct.Struct("<8sII16sQQQ8x")
_HEADER_SIZE = _HEADER.size
_LEVEL = 1
"""A million cseg records: 16.3 bytes each, and as many at level 3. Level 6 takes twice as long for 2 % less."""

_TYPES = frozenset(("|u1", "<u2", "<u4", "<u8", "<i8"))
_MOST_VALUES = 1 << 32
TEMPORARY = ".tmp"

_About = TypeVar("_About", bound=Struct)


class Labelled(NamedTuple):
    """A piece and the id of the field that it is of; empty: the records' own."""

    field: str
    piece: Piece


class FileHeader(NamedTuple):
    """Which log a file belongs to, and the last entry whose effects it has."""

    log_id: bytes
    sequence: int


class SectionRow(Struct, frozen=True, kw_only=True):
    """What the table says of one section."""

    field: str
    what: str
    type: str
    base: int
    count: int
    offset: int
    size: int
    crc: int


class _Table(Struct, frozen=True, kw_only=True):
    kind: str
    about: msgspec.Raw
    sections: list[SectionRow]


def write_snapshot_file(
    store: FileStore, path: Path, header: FileHeader, kind: str, about: Struct, sections: Iterable[Labelled]
) -> int:
    """Write a file whole and have it on disk under its name; the name itself needs a sync of the directory.

    Returns:
        The file's size in bytes.

    Raises:
        OSError: The disk refused. Nothing has the name, or it is what it was.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    file = store.create(temporary)
    try:
        size = _write(file, header, kind, about, sections)
        file.sync()
        file.close()
        store.rename(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            file.close()
        with contextlib.suppress(OSError):
            store.remove(temporary)
        raise
    return size


def _write(file: File, header: FileHeader, kind: str, about: Struct, sections: Iterable[Labelled]) -> int:
    compressor = zstandard.ZstdCompressor(level=_LEVEL)
    rows, offset = [], _HEADER_SIZE
    for field, piece in sections:
        values = np.ascontiguousarray(piece.values, piece.values.dtype.newbyteorder("<"))
        content = compressor.compress(_by_byte(values))
        file.write_at(offset, content)
        row = SectionRow(
            field=field,
            what=piece.what,
            type=values.dtype.str,
            base=piece.base,
            count=len(values),
            offset=offset,
            size=len(content),
            crc=zlib.crc32(content),
        )
        rows.append(row)
        offset += len(content)
    table = msgspec.json.encode(_Table(kind=kind, about=msgspec.Raw(msgspec.json.encode(about)), sections=rows))
    file.write_at(offset, table)
    file.write_at(0, _packed_header(header, offset, table))
    return offset + len(table)


def _by_byte(values: NDArray[Any]) -> bytes:
    """The lowest bytes of all values, then the next ones, and so on."""
    return values.view(np.uint8).reshape(len(values), values.itemsize).T.tobytes()


def _packed_header(header: FileHeader, offset: int, table: bytes) -> bytes:
    fields = (header.log_id, header.sequence, offset, len(table))
    crc = zlib.crc32(table, zlib.crc32(_HEADER.pack(_MAGIC, _VERSION, 0, *fields)))
    return _HEADER.pack(_MAGIC, _VERSION, crc, *fields)


class Section:
    """What a file has of one section, known to be whole: the checksum matches, and so does the size that it will have.

    Attributes:
        row: What the table says of it.
        nbytes: Its size, unpacked.

    Raises:
        LogDamaged: It is not what was written, or of a type that this Roarbase does not know.
    """

    def __init__(self, path: Path, row: SectionRow, content: bytes) -> None:
        self.row = row
        self._path = path
        self._content = content
        if len(content) != row.size or zlib.crc32(content) != row.crc:
            raise self._damaged("the checksum of {} does not match")
        if row.type not in _TYPES or not 0 <= row.count <= _MOST_VALUES:
            raise self._damaged("{} is of a type that only a newer Roarbase reads")
        self.nbytes = row.count * np.dtype(row.type).itemsize
        if _told_size_or_none(content) not in (None, self.nbytes):
            raise self._not_of_that_size()

    def piece(self) -> Piece:
        """Unpack it.

        Raises:
            LogDamaged: It is not what was written, though its checksum is right.
        """
        return Piece(self.row.what, self._values(), self.row.base)

    def _values(self) -> NDArray[Any]:
        row = self.row
        values = aligned(row.count, row.type)
        if values.itemsize == 1:
            is_whole = _decompress(self._content, values.view(np.uint8))
        else:
            by_byte = np.empty(values.nbytes, np.uint8)
            is_whole = _decompress(self._content, by_byte)
            bytes_of = values.view(np.uint8).reshape(row.count, values.itemsize)
            for place, column in enumerate(by_byte.reshape(values.itemsize, row.count)):
                bytes_of[:, place] = column  # a third of the time that numpy takes for all of them at once
        if not is_whole:
            raise self._not_of_that_size()
        return values

    def _not_of_that_size(self) -> LogDamaged:
        return self._damaged(f"{{}} does not hold {self.row.count} values of type {self.row.type}")

    def _damaged(self, reason: str) -> LogDamaged:
        what = f"section {self.row.what!r} of field {self.row.field!r}"
        return damaged(self._path, self.row.offset, reason.format(what))


class SnapshotFile(Generic[_About]):
    """A snapshot file that is open for reading; its header and table are known to be whole.

    Args:
        kind: What it must be a file of.
        about: What its table tells beside the sections.

    Raises:
        LogDamaged: It is not what was written, or of a version that this Roarbase does not know.
        OSError: The disk refuses.
    """

    def __init__(self, store: FileStore, path: Path, kind: str, about: type[_About]) -> None:
        self._file = store.open(path)
        self.path = path
        try:
            self.header, self.about, self._sections = self._read(kind, about)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> "SnapshotFile[_About]":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def size(self) -> int:
        """In bytes."""
        return self._file.size()

    @property
    def mark(self) -> str:
        """What tells this file from others: a digest of its header and table, which have checksums of all sections."""
        return self._mark

    def sections(self) -> dict[str, dict[str, Section]]:
        """All sections, read and found whole, by field and by what they are.

        Raises:
            LogDamaged: One of them is not what was written.
        """
        found: dict[str, dict[str, Section]] = {}
        for row in self._sections:
            content = self._file.read_at(row.offset, row.size)
            found.setdefault(row.field, {})[row.what] = Section(self.path, row, content)
        return found

    def pieces(self) -> dict[str, dict[str, Piece]]:
        """The same, unpacked. Raises as `sections`."""
        return {
            field: {what: section.piece() for what, section in sections.items()}
            for field, sections in self.sections().items()
        }

    def _read(self, kind: str, about: type[_About]) -> tuple[FileHeader, _About, list[SectionRow]]:
        raw = self._file.read_at(0, _HEADER_SIZE)
        if len(raw) < _HEADER_SIZE or not raw.startswith(_MAGIC):
            raise damaged(self.path, 0, "it does not begin as a snapshot file does")
        _, version, _, log_id, sequence, offset, length = _HEADER.unpack(raw)
        if version != _VERSION:
            reason = f"its version is {version} and this Roarbase reads {_VERSION}: start the one that wrote it"
            raise damaged(self.path, 8, reason)
        size = self._file.size()
        if offset + length != size:
            raise damaged(self.path, 40, f"it should have {offset + length} bytes and has {size}")
        header, text = FileHeader(log_id, sequence), self._file.read_at(offset, length)
        self._mark = hashlib.sha256(raw + text).hexdigest()
        if raw != _packed_header(header, offset, text):
            raise damaged(self.path, 12, "the checksum of its header and table does not match")
        try:
            table = msgspec.json.decode(text, type=_Table)
            if table.kind != kind:
                raise damaged(self.path, offset, f"it is a file of kind {table.kind!r}, and one of {kind!r} is due")
            return header, msgspec.json.decode(table.about, type=about), table.sections
        except msgspec.MsgspecError as error:
            raise damaged(self.path, offset, f"its table cannot be read: {error}") from error


def _told_size_or_none(content: bytes) -> int | None:
    """The size that a frame says its content has; None where it does not say."""
    try:
        size = zstandard.frame_content_size(content)
    except zstandard.ZstdError:
        return None
    return None if size < 0 else size


def _decompress(content: bytes, target: NDArray[np.uint8]) -> bool:
    """Fill an array from one frame; whether it holds exactly so much."""
    place = target.data if len(target) else memoryview(bytearray())
    try:
        with zstandard.ZstdDecompressor().stream_reader(content) as reader:
            done = 0
            while done < len(place) and (count := reader.readinto(place[done:])):
                done += count
            return done == len(place) and not reader.read(1)
    except zstandard.ZstdError:
        return False
