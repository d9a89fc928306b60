"""Log segments: names, sizes, headers, and how one comes to be.

A segment is a file `log-<sequence number of its first record, 20 digits>.seg`. It begins with a
header of 64 bytes, and records follow at once (`record.py`).

    offset  bytes
         0      8  "ROARLOG" and a line feed
         8      4  version of the segment's layout: 1
        12      4  CRC-32 of the 64 bytes with zeros in this place
        16     16  the log's identity: random, the same in all its segments
        32      8  sequence number of the first record
        40     24  zeros

A segment has its name only once its header is on disk: it is made under a temporary name. So a
bad header is always damage, never a creation cut short.
"""

import contextlib
import re
import struct
import zlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from roarbase.engine.storage.file_store import File, FileStore
from roarbase.errors import LogDamaged

__all__ = [
    "SEGMENT_HEADER_SIZE",
    "SegmentHeader",
    "create_segment",
    "damaged",
    "first_sequence_or_none",
    "next_segment_bytes",
    "pack_header",
    "read_header",
    "remove_covered",
    "remove_leftovers",
    "segment_name",
]

_MAGIC = b"ROARLOG\n"
_VERSION = 1
_HEADER = struct.Struct("<8sII16sQ24x")
SEGMENT_HEADER_SIZE = _HEADER.size

_SMALLEST_BYTES = 1 << 20
_LARGEST_BYTES = 64 << 20
_PAGE_BYTES = 4096
_NAME = re.compile(r"log-(\d{20})\.seg")
_TEMPORARY = ".tmp"


@dataclass(frozen=True, kw_only=True, slots=True)
class SegmentHeader:
    """What a segment says of itself: the identity of its log, and the number of its first record."""

    log_id: bytes
    first: int


def damaged(path: Path, offset: int, reason: str) -> LogDamaged:
    """The error for a place in a log that is not what was written there."""
    return LogDamaged(
        f"{path} is damaged at byte {offset}: {reason}. Nothing was changed. Restore the directory from a backup, or "
        "have `roarbase doctor` save what is whole; do not remove the file",
        path=str(path),
        offset=offset,
        reason=reason,
    )


def segment_name(first: int) -> str:
    return f"log-{first:020}.seg"


def first_sequence_or_none(name: str) -> int | None:
    """The sequence number in a segment's name; None for other files."""
    match = _NAME.fullmatch(name)
    return int(match[1]) if match else None


def next_segment_bytes(current_bytes: int, needed_bytes: int) -> int:
    """The size of the segment after one of `current_bytes` (0: none), into which `needed_bytes` must fit.

    Sizes double from 1 MiB to 64 MiB; what needs more gets its own size.

    >>> [next_segment_bytes(0, 0), next_segment_bytes(1 << 20, 0), next_segment_bytes(64 << 20, 0)]
    [1048576, 2097152, 67108864]
    """
    size = min(max(2 * current_bytes, _SMALLEST_BYTES), _LARGEST_BYTES)
    while size < needed_bytes and size < _LARGEST_BYTES:
        size *= 2
    size = min(size, _LARGEST_BYTES)
    return max(size, -(-needed_bytes // _PAGE_BYTES) * _PAGE_BYTES)


def pack_header(header: SegmentHeader) -> bytes:
    """The header of a segment, as bytes."""
    blank = _HEADER.pack(_MAGIC, _VERSION, 0, header.log_id, header.first)
    return _HEADER.pack(_MAGIC, _VERSION, zlib.crc32(blank), header.log_id, header.first)


def read_header(file: File) -> SegmentHeader:
    """The header of a segment.

    Raises:
        LogDamaged: It is not a header, not the one that the file's name calls for, or of a
            version that this Roarbase does not know.
    """
    raw = file.read_at(0, SEGMENT_HEADER_SIZE)
    if len(raw) < SEGMENT_HEADER_SIZE or not raw.startswith(_MAGIC):
        raise damaged(file.path, 0, "it does not begin as a log segment does")
    _, version, _, log_id, first = _HEADER.unpack(raw)
    header = SegmentHeader(log_id=log_id, first=first)
    if version > _VERSION and zlib.crc32(raw[:12] + bytes(4) + raw[16:]) == int.from_bytes(raw[12:16], "little"):
        raise damaged(
            file.path, 8, f"its version is {version} and this Roarbase reads up to {_VERSION}: start a newer Roarbase"
        )
    if raw != pack_header(header):
        raise damaged(file.path, 0, "the checksum of its header does not match")
    if file.path.name != segment_name(first):
        raise damaged(file.path, 32, f"its header says that it begins with record {first}, its name says otherwise")
    return header


def create_segment(store: FileStore, directory: Path, header: SegmentHeader, size: int) -> File:
    """Make an empty segment of `size` bytes, durably, in place of one of that name.

    After an OSError the segment may or may not be there: write no more to the one before it.
    """
    path = directory / segment_name(header.first)
    temporary = path.with_name(path.name + _TEMPORARY)
    file: File | None = None
    try:
        file = store.create(temporary)
        file.preallocate(size)
        file.write_at(0, pack_header(header))
        file.sync()
        store.rename(temporary, path)
        store.sync_directory(directory)
    except OSError:
        # On a full disk the space just reserved must not stay taken.
        with contextlib.suppress(OSError):
            if file is not None:
                file.close()
        with contextlib.suppress(OSError):
            store.remove(temporary)
        raise
    return file


def remove_covered(store: FileStore, directory: Path, covered: int) -> None:
    """Remove the segments whose records, up to number `covered`, snapshots have; never the last one.

    The oldest goes first, so that what a process leaves that is stopped half-way is a log without a gap.
    """
    found = (first_sequence_or_none(name) for name in store.list_names(directory))
    firsts = sorted(first for first in found if first is not None)
    for first, following in pairwise(firsts):
        if following <= covered + 1:
            store.remove(directory / segment_name(first))


def remove_leftovers(store: FileStore, directory: Path) -> None:
    """Remove segments whose creation was cut short."""
    for name in store.list_names(directory):
        if name.endswith(_TEMPORARY) and first_sequence_or_none(name.removesuffix(_TEMPORARY)) is not None:
            store.remove(directory / name)
