"""The end of a log as one segment: the entries behind snapshots, which a copy of these needs to be whole."""

from collections.abc import Iterator
from pathlib import Path

from roarbase.engine.storage.file_store import File, FileStore
from roarbase.engine.storage.record import ENTRY, MARKER_SIZE, SEAL, Record, RecordReader, pack_record
from roarbase.engine.storage.recovery import find_segments
from roarbase.engine.storage.segment import (
    SEGMENT_HEADER_SIZE,
    SegmentHeader,
    damaged,
    pack_header,
    read_header,
    segment_name,
)

__all__ = ["tail_pieces"]


def tail_pieces(store: FileStore, directory: Path, log_id: bytes, after: int, last: int) -> Iterator[bytes]:
    """The bytes of a segment named `segment_name(after + 1)` that has the entries behind `after` up to `last`.

    The log may be written to meanwhile; the entries asked for are on disk. The same is given each time.

    Raises:
        LogDamaged: A record is not what was written.
        OSError: The disk refuses.
    """
    yield pack_header(SegmentHeader(log_id=log_id, first=after + 1))
    if last <= after:
        return
    firsts = find_segments(store, directory, after)
    for first, following in zip(firsts, [*firsts[1:], last + 1], strict=True):
        if first <= last:
            yield from _records_of(store, directory / segment_name(first), log_id, after, min(following, last + 1))


def _records_of(store: FileStore, path: Path, log_id: bytes, after: int, stop: int) -> Iterator[bytes]:
    """The records of one segment behind `after` and before `stop`."""
    file = store.open(path)
    try:
        header = read_header(file)
        if header.log_id != log_id:
            raise damaged(path, 16, "it belongs to another log")
        reader = RecordReader(file, log_id[:MARKER_SIZE])
        at, due = SEGMENT_HEADER_SIZE, header.first
        while due < stop:
            record = _record_at(file, reader, at, due)
            at = record.stop
            if record.kind != ENTRY:
                continue
            if record.sequence > after:
                yield pack_record(log_id[:MARKER_SIZE], record.sequence, record.synced, record.body)
            due += 1
    finally:
        file.close()


def _record_at(file: File, reader: RecordReader, at: int, due: int) -> Record:
    record = reader.record_or_none(at)
    if record is None or record.sequence != due or record.kind == SEAL:
        raise damaged(file.path, at, f"record {due} is not whole, though it was on disk")
    return record
