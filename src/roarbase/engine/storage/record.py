"""Log records: how one is laid out, read, and found again after damage.

A record is a header of 40 bytes, the body, and zeros up to a multiple of 8. All numbers are
little-endian.

    offset  bytes
         0      8  the marker: the first half of the log's own random identity
         8      4  CRC-32 of everything from offset 12 to the end of the body
        12      4  length of the body in bytes
        16      8  sequence number
        24      8  synced: the highest sequence number known to be on disk when this was written
        32      1  version of the record's layout: 1
        33      1  kind: 0 an entry, 1 a mark, 2 a seal
        34      6  zeros
        40         the body

The body of an entry is the entry in msgpack. A mark has none, takes no sequence number (it
carries the next one) and only says `synced` once more. A seal is a mark after which nothing in
the segment counts.

The marker differs from log to log and is never shown, so that a key sent by a client cannot be
made to look like a record when the reader searches for one.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from roarbase.engine.storage.entries import Entry
from roarbase.engine.storage.file_store import File
from roarbase.errors import InternalError, PayloadTooLarge

__all__ = [
    "ENTRY",
    "MARK",
    "MARKER_SIZE",
    "RECORD_HEADER_SIZE",
    "RECORD_VERSION",
    "SEAL",
    "Record",
    "RecordReader",
    "decode_entry",
    "encode_entry",
    "pack_record",
]

ENTRY, MARK, SEAL = 0, 1, 2
RECORD_VERSION = 1
MARKER_SIZE = 8

_ALIGNMENT = 8
_HEADER = struct.Struct("<8sIIQQBB6x")
_CHECKED_FROM = 12
_CHECKED = struct.Struct("<IQQBB6x")
RECORD_HEADER_SIZE = _HEADER.size

_MAXIMUM_BODY_BYTES = 1 << 30
"""Far above what a request may bring, and far below the 2^32 that `length` can say."""

_WINDOW_BYTES = 1 << 20
"""How much of a file is read at once; a multiple of the alignment, so that no record's marker straddles two windows."""

_decoder: msgspec.msgpack.Decoder[Entry] = msgspec.msgpack.Decoder(Entry)


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A whole record as found in a file: `offset` is where it begins, `stop` where the next one does."""

    offset: int
    stop: int
    sequence: int
    synced: int
    version: int
    kind: int
    body: bytes


def encode_entry(entry: Entry) -> bytes:
    """An entry as the body of a record.

    Raises:
        PayloadTooLarge: It takes more than 1 GiB.
        InternalError: It holds something that cannot be written, such as a lone surrogate.
    """
    try:
        body = msgspec.msgpack.encode(entry)
    except (ValueError, TypeError, OverflowError) as error:
        raise InternalError(f"the write cannot be put into the log: {error}") from error
    if len(body) > _MAXIMUM_BODY_BYTES:
        raise PayloadTooLarge(
            f"the write takes {len(body)} bytes in the log; at most {_MAXIMUM_BODY_BYTES} are possible: split it",
            limit_bytes=_MAXIMUM_BODY_BYTES,
        )
    return body


def decode_entry(body: bytes) -> Entry:
    """The entry in a record's body.

    Raises:
        msgspec.DecodeError: The body is not one, or of a kind that only a later version knows.
    """
    return _decoder.decode(body)


def pack_record(marker: bytes, sequence: int, synced: int, body: bytes = b"", kind: int = ENTRY) -> bytes:
    """One record as bytes, padded to the alignment."""
    checked = _CHECKED.pack(len(body), sequence, synced, RECORD_VERSION, kind)
    crc = zlib.crc32(body, zlib.crc32(checked))
    return b"".join((marker, crc.to_bytes(4, "little"), checked, body, bytes(-len(body) % _ALIGNMENT)))


class RecordReader:
    """Reads the records of one file, a window at a time."""

    def __init__(self, file: File, marker: bytes) -> None:
        self._file = file
        self._marker = marker
        self._window = b""
        self._window_start = 0

    def record_or_none(self, offset: int) -> Record | None:
        """The whole record at `offset`; None where there is none, or not all of it."""
        header = self._bytes_at(offset, RECORD_HEADER_SIZE)
        if len(header) < RECORD_HEADER_SIZE:
            return None
        marker, crc, length, sequence, synced, version, kind = _HEADER.unpack(header)
        if marker != self._marker or length > _MAXIMUM_BODY_BYTES:
            return None
        body = self._bytes_at(offset + RECORD_HEADER_SIZE, length)
        if len(body) < length or zlib.crc32(body, zlib.crc32(header[_CHECKED_FROM:])) != crc:
            return None
        stop = offset + RECORD_HEADER_SIZE + length + -length % _ALIGNMENT
        return Record(offset=offset, stop=stop, sequence=sequence, synced=synced, version=version, kind=kind, body=body)

    def find_records(self, offset: int) -> Iterator[Record]:
        """Every whole record that begins at `offset` or anywhere after it, whatever lies between."""
        for start, window in self._windows(offset):
            at = window.find(self._marker)
            while at >= 0:
                if record := self.record_or_none(start + at):
                    yield record
                at = window.find(self._marker, at + 1)

    def is_blank(self, offset: int) -> bool:
        """Whether there are only zeros from `offset` on."""
        return all(window == bytes(len(window)) for _, window in self._windows(offset))

    def _windows(self, offset: int) -> Iterator[tuple[int, bytes]]:
        while window := self._file.read_at(offset, _WINDOW_BYTES):
            yield offset, window
            offset += len(window)

    def _bytes_at(self, offset: int, length: int) -> bytes:
        begin = offset - self._window_start
        if begin < 0 or begin + length > len(self._window):
            self._window = self._file.read_at(offset, max(length, _WINDOW_BYTES))
            self._window_start, begin = offset, 0
        return self._window[begin : begin + length]
