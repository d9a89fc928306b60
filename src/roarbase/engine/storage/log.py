"""The log: entries on disk, in order, before anybody is told that they are kept.

A group of entries is one write and one fdatasync. The segment in use is reserved on disk
beforehand, so that a full disk is met when a segment is made and not in the middle of one.

When a write or fdatasync fails, the segment is given up at its last acknowledged record: the
next segment begins with the number that the failed group would have had, and that is what makes
the reader ignore what the group may have left (`recovery.py`). If no segment can be made either,
a seal is tried in the old one; if that fails too, the group's fate is known only after a restart,
and the error says so.
"""

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from roarbase.engine.storage.file_store import File, FileStore
from roarbase.engine.storage.record import MARK, MARKER_SIZE, RECORD_HEADER_SIZE, SEAL, pack_record
from roarbase.engine.storage.recovery import Replay, SegmentEnd, find_segments, replay_segment
from roarbase.engine.storage.segment import (
    SEGMENT_HEADER_SIZE,
    SegmentHeader,
    create_segment,
    damaged,
    next_segment_bytes,
    read_header,
    remove_leftovers,
    segment_name,
)
from roarbase.errors import OperatorError, Unavailable

__all__ = ["Log", "Snapshotted"]

_NewLogId = Callable[[], bytes]


class Snapshotted(NamedTuple):
    """What snapshots say of their log.

    Attributes:
        log_id: Its identity.
        covered: All its entries up to this one are in the snapshots.
        last: Some up to this one are too, so the log has them.
    """

    log_id: bytes
    covered: int
    last: int


def _random_log_id() -> bytes:
    return os.urandom(16)


class Log:
    """The log of one directory, for one writer: `append` and `close` are never called at once.

    Made by `Log.open`.

    Attributes:
        written_bytes: How much was appended since it was opened, and about how much was replayed then.
    """

    def __init__(self, store: FileStore, directory: Path, log_id: bytes, last: int = 0) -> None:
        self._store = store
        self._directory = directory
        self._log_id = log_id
        self._last = last
        self._file: File | None = None  # None: the next append makes a segment first
        self._size = 0
        self._offset = 0
        self.written_bytes = 0
        self._is_marked = True  # a record says that all entries so far are synced

    @classmethod
    def open(
        cls,
        store: FileStore,
        directory: Path,
        replay: Replay,
        *,
        snapshotted: Snapshotted | None = None,
        new_log_id: _NewLogId = _random_log_id,
    ) -> "Log":
        """Open the log of a directory, or begin one where there is none, and replay its entries.

        The caller holds the lock of the directory. One segment is open at a time, and one
        record decoded.

        Args:
            snapshotted: What snapshots have of it: only the rest is replayed.

        Raises:
            LogDamaged: A file is not what was written; it names the file and the place.
            OperatorError: The disk refuses.
        """
        try:
            remove_leftovers(store, directory)
            firsts = find_segments(store, directory, 0 if snapshotted is None else snapshotted.covered)
            if not firsts:
                log = cls(store, directory, new_log_id())
                log._roll(0)
                return log
            # A process that died in between may have left a segment whose name is not yet on disk.
            store.sync_directory(directory)
            return cls._replay(store, directory, firsts, replay, snapshotted)
        except OSError as error:
            raise OperatorError(
                f"the log in {directory} cannot be opened: {error}", directory=str(directory)
            ) from error

    @classmethod
    def _replay(
        cls, store: FileStore, directory: Path, firsts: list[int], replay: Replay, snapshotted: Snapshotted | None
    ) -> "Log":
        # All headers first: each bounds what is read from the segment before it.
        headers = [_header_of(store, directory / segment_name(first)) for first in firsts]
        before = snapshotted or Snapshotted(headers[0].log_id, 0, 0)
        log = cls(store, directory, before.log_id)
        for header, stop in zip(headers, [*firsts[1:], None], strict=True):
            file = store.open(directory / segment_name(header.first))
            is_kept = False
            try:
                if header.log_id != log._log_id:
                    raise damaged(file.path, 16, "it belongs to another log")
                end = replay_segment(file, header, stop, replay, before.covered)
                log.written_bytes += end.offset - SEGMENT_HEADER_SIZE
                if stop is None and end.last < before.last:
                    reason = f"the log ends with record {end.last}, and snapshots have what {before.last} did"
                    raise damaged(file.path, end.offset, reason)
                if stop is None:
                    is_kept = log._resume(file, end)
            finally:
                if not is_kept:
                    file.close()
        return log

    @property
    def identity(self) -> bytes:
        """What tells its files from those of other logs."""
        return self._log_id

    @property
    def last(self) -> int:
        """The sequence number of the last entry on disk; 0 where there is none."""
        return self._last

    def append(self, bodies: Sequence[bytes]) -> int:
        """Put a group of encoded entries on disk and return the sequence number of the last.

        Raises:
            Unavailable: The disk refused. None of the group is kept, unless `in_doubt` is true:
                then a restart may find it.
        """
        first = self._last + 1
        group = b"".join(pack_record(self._marker, first + i, self._last, body) for i, body in enumerate(bodies))
        try:
            file = self._file_with_room(len(group))
        except OSError as error:
            raise _refusal(error, in_doubt=False) from error
        try:
            file.write_at(self._offset, group)
            file.sync()
        except OSError as error:
            raise _refusal(error, in_doubt=not self._abandon(file)) from error
        self._offset += len(group)
        self.written_bytes += len(group)
        self._last += len(bodies)
        self._is_marked = False
        return self._last

    def close(self) -> None:
        """Release the file. A mark makes the next start sure that every entry had been on disk."""
        file, self._file = self._file, None
        if file is None:
            return
        with contextlib.suppress(OSError):  # without the mark, the next start makes sure itself
            if not self._is_marked:
                self._mark(file, MARK, self._offset)
        with contextlib.suppress(OSError):
            file.close()

    @property
    def _marker(self) -> bytes:
        return self._log_id[:MARKER_SIZE]

    def _file_with_room(self, length: int) -> File:
        """The segment to write to: the one in use if it has room for the group, and a mark or seal after it."""
        if self._file is None or self._offset + length + RECORD_HEADER_SIZE > self._size:
            return self._roll(length)
        return self._file

    def _roll(self, length: int) -> File:
        """Go on in a new segment, which begins with the next sequence number."""
        old, self._file = self._file, None
        # Whatever fails now, the old segment is not written again: the new one may already be in place,
        # and its first number bounds what is read from the old one.
        if old is not None:
            with contextlib.suppress(OSError):
                old.close()
        size = next_segment_bytes(self._size, SEGMENT_HEADER_SIZE + length + RECORD_HEADER_SIZE)
        header = SegmentHeader(log_id=self._log_id, first=self._last + 1)
        self._file = create_segment(self._store, self._directory, header, size)
        self._size, self._offset = size, SEGMENT_HEADER_SIZE
        return self._file

    def _abandon(self, file: File) -> bool:
        """Give up a segment in which a write failed; say whether the failed group is gone for sure."""
        offset = self._offset
        self._file = None
        try:
            self._roll(0)
        except OSError:
            try:
                self._mark(file, SEAL, offset)
            except OSError:
                return False
        finally:
            with contextlib.suppress(OSError):
                file.close()
        return True

    def _mark(self, file: File, kind: int, offset: int) -> None:
        file.write_at(offset, pack_record(self._marker, self._last + 1, self._last, kind=kind))
        file.sync()

    def _resume(self, file: File, end: SegmentEnd) -> bool:
        """Go on where the last segment ends, once all that was replayed is on disk; whether in this file."""
        self._last, self._offset, self._size = end.last, end.offset, file.size()
        if end.is_sealed:
            return False
        if end.unsynced < end.offset or not end.is_blank:
            self._settle(file, end)
        self._file = file
        return True

    def _settle(self, file: File, end: SegmentEnd) -> None:
        """Cut the torn tail, and make sure of entries that may stand in the page cache only."""
        if not end.is_blank:
            # Stale bytes must never stand behind a later, shorter record.
            file.truncate(end.offset)
            file.preallocate(self._size)
        # Written again, their pages are dirty, so that this sync means something even where one failed before.
        file.write_at(end.unsynced, file.read_at(end.unsynced, end.offset - end.unsynced))
        file.sync()
        # Only now: a mark that reaches the disk before what it calls synced would make a torn tail look like damage.
        self._mark(file, MARK, end.offset)


def _header_of(store: FileStore, path: Path) -> SegmentHeader:
    file = store.open(path)
    try:
        return read_header(file)
    finally:
        file.close()


def _refusal(error: OSError, *, in_doubt: bool) -> Unavailable:
    fate = "a restart may find the write or not" if in_doubt else "nothing was changed"
    return Unavailable(
        f"the disk refused the write ({error.strerror or error}): {fate}; try again later", in_doubt=in_doubt
    )
