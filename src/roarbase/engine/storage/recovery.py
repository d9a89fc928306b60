"""Recovery: reading a log back, telling a torn tail from damage.

Segment after segment, record after record. A segment holds the sequence numbers from its own
first one up to the first one of the segment after it, and what it holds beyond that is
ignored: these are records whose write failed, that were refused, and whose numbers the later
segment gave out again. Within its bounds a segment that is not the last must be whole.

The last one may end in a torn tail, from a process or machine that stopped in the middle of a
write. At its first bad record we look further on for a whole record that says the bad one was
on disk (`synced`): if there is one, acknowledged data was damaged afterwards, and we refuse;
else nobody was told that the bad record is kept, and the tail is cut there.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from roarbase.engine.storage.entries import Entry
from roarbase.engine.storage.file_store import File, FileStore
from roarbase.engine.storage.record import (
    ENTRY,
    MARK,
    MARKER_SIZE,
    RECORD_VERSION,
    SEAL,
    Record,
    RecordReader,
    decode_entry,
)
from roarbase.engine.storage.segment import (
    SEGMENT_HEADER_SIZE,
    SegmentHeader,
    damaged,
    first_sequence_or_none,
)

__all__ = ["Replay", "SegmentEnd", "find_segments", "replay_segment"]

Replay = Callable[[int, Entry], None]
"""Called with each entry and its sequence number, in order."""


@dataclass(kw_only=True, slots=True)
class SegmentEnd:
    """How far the reading of a segment came.

    Attributes:
        last: The sequence number of the last entry, in this segment or before it.
        offset: Where the next record goes: behind the last entry, also where a mark stands there.
            The mark is in place, but nobody knows whether it is on disk, and behind it a record that
            is would look like one behind damage. So it is overwritten.
        unsynced: Where the entries begin that no record calls synced; `offset` if there are none.
        is_sealed: Nothing may be written after this; the log goes on in a new segment.
        is_blank: Only zeros follow.
    """

    last: int
    offset: int = SEGMENT_HEADER_SIZE
    unsynced: int = SEGMENT_HEADER_SIZE
    is_sealed: bool = False
    is_blank: bool = True


def find_segments(store: FileStore, directory: Path, covered: int = 0) -> list[int]:
    """The sequence numbers with which the segments begin, in order, from the one on that has what is to be read.

    Args:
        covered: Records up to this number are in snapshots.

    Raises:
        LogDamaged: The first segment is missing.
    """
    firsts = [first for name in store.list_names(directory) if (first := first_sequence_or_none(name)) is not None]
    firsts.sort()
    if firsts and firsts[0] > covered + 1:
        reason = f"the log begins with record {firsts[0]}, those from {covered + 1} on are missing"
        raise damaged(directory, 0, reason)
    if covered and not firsts:
        raise damaged(directory, 0, f"there is no log: the records from {covered + 1} on are missing")
    skipped = sum(first <= covered + 1 for first in firsts[1:])
    return firsts[skipped:]


def replay_segment(file: File, header: SegmentHeader, stop: int | None, replay: Replay, covered: int = 0) -> SegmentEnd:
    """Replay one segment.

    Args:
        stop: The sequence number with which the next segment begins; None for the last segment.
        covered: Records up to this number are checked, and not replayed.

    Raises:
        LogDamaged: A record within the bounds is missing, bad, or of an unknown version.
    """
    reader = RecordReader(file, header.log_id[:MARKER_SIZE])
    end = SegmentEnd(last=header.first - 1)
    at = end.offset
    waiting: deque[tuple[int, int]] = deque()  # sequence number and offset of entries that no record calls synced
    while stop is None or end.last + 1 < stop:
        record = reader.record_or_none(at)
        if record is None:
            _check_tail(file, reader, at, end, stop)
            break
        _check(file, record, end.last + 1)
        while waiting and waiting[0][0] <= record.synced:
            waiting.popleft()
        if record.kind == SEAL:
            if stop is not None:
                raise damaged(file.path, record.offset, f"it is sealed before record {stop}, where the next one begins")
            end.is_sealed = True
            break
        if record.kind == ENTRY:
            if record.sequence > covered:
                _replay(file, record, replay)
            waiting.append((record.sequence, record.offset))
            end.last, end.offset = record.sequence, record.stop
        at = record.stop
    end.unsynced = waiting[0][1] if waiting else end.offset
    return end


def _check(file: File, record: Record, expected: int) -> None:
    if record.version != RECORD_VERSION or record.kind not in (ENTRY, MARK, SEAL):
        reason = f"a record of version {record.version}, kind {record.kind}, which only a newer Roarbase reads"
        raise damaged(file.path, record.offset, reason)
    if record.sequence != expected:
        raise damaged(file.path, record.offset, f"record {record.sequence} stands where {expected} is due")


def _replay(file: File, record: Record, replay: Replay) -> None:
    try:
        replay(record.sequence, decode_entry(record.body))
    except (MemoryError, OSError):  # of this process, which has run out of something: the record may be whole
        raise
    except Exception as error:  # whatever it is, the operator needs to know at which record
        reason = f"the entry with sequence number {record.sequence} cannot be replayed: {error}"
        raise damaged(file.path, record.offset, reason) from error


def _check_tail(file: File, reader: RecordReader, at: int, end: SegmentEnd, stop: int | None) -> None:
    """Decide about a place where no whole record stands: the end of the log, or damage."""
    missing = end.last + 1
    if stop is not None:
        raise damaged(file.path, at, f"record {missing} is not whole, and the log goes on with {stop}")
    end.is_blank = reader.is_blank(at)
    if end.is_blank:
        return
    for later in reader.find_records(at):
        if later.synced >= missing:
            raise damaged(
                file.path, at, f"record {missing} is not whole, though a later one (at byte {later.offset}) is"
            )
