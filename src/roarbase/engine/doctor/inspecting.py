"""Inspection of an engine's directory: every file that a start would read, and whether it is what was written.

Where a start stops at the first damage, this goes on, and reads each file by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path

from roarbase.engine.storage.file_store import File, FileStore
from roarbase.engine.storage.manifest import (
    MANIFEST_NAME,
    Manifest,
    RowsAbout,
    ShardAbout,
    TableRow,
    open_named,
    read_manifest_or_none,
)
from roarbase.engine.storage.record import ENTRY, MARKER_SIZE, SEAL, RecordReader
from roarbase.engine.storage.recovery import replay_segment
from roarbase.engine.storage.segment import (
    SEGMENT_HEADER_SIZE,
    SegmentHeader,
    first_sequence_or_none,
    read_header,
    segment_name,
)
from roarbase.engine.storage.snapshot_file import FileHeader
from roarbase.errors import LogDamaged, OperatorError

__all__ = ["Damage", "FileReport", "Inspection", "entries_behind", "inspect_engine"]


@dataclass(frozen=True, slots=True)
class Damage:
    """A place where a file is not what was written."""

    offset: int
    reason: str

    def __str__(self) -> str:
        return f"damaged at byte {self.offset}: {self.reason}"


@dataclass(frozen=True, kw_only=True, slots=True)
class FileReport:
    """One file.

    Attributes:
        what: What it holds, in words.
        last: Of a segment, the last entry up to which it is whole.
        note: What is no damage, and worth knowing.
    """

    name: str
    what: str
    size_bytes: int = 0
    last: int = 0
    damage: Damage | None = None
    note: str = ""


@dataclass(kw_only=True, slots=True)
class Inspection:
    """What a directory holds.

    Attributes:
        log_id: Of the log's first whole segment, else of the manifest; None: neither is there.
        header: The number of the manifest, and the log it belongs to; None: there is none, or it is damaged.
        firsts: The numbers with which the segments begin that a start needs.
        last: The last entry up to which the log is whole, from the first one on that some shard lacks.
        gap: Why a start finds that the log is not there, though each of its files is what was written.
    """

    files: list[FileReport] = field(default_factory=list)
    log_id: bytes | None = None
    header: FileHeader | None = None
    manifest: Manifest | None = None
    firsts: list[int] = field(default_factory=list)
    last: int = 0
    gap: str = ""

    @property
    def covered(self) -> int:
        """The last entry that every shard has in its snapshot."""
        return 0 if self.header is None or self.manifest is None else self.manifest.oldest(self.header.sequence)

    @property
    def damaged(self) -> list[FileReport]:
        return [file for file in self.files if file.damage is not None]

    @property
    def is_whole(self) -> bool:
        """Whether an engine starts with it and has everything."""
        return not self.damaged and not self.gap


def inspect_engine(directory: Path, store: FileStore) -> Inspection:
    """Look at every file. The caller sees to it that nobody writes meanwhile; nothing is changed.

    Raises:
        OperatorError: There is no engine in the directory, or the disk refuses.
    """
    found = Inspection()
    try:
        names = store.list_names(directory)
        segments = sorted(first for name in names if (first := first_sequence_or_none(name)) is not None)
        if not segments and MANIFEST_NAME not in names:
            raise OperatorError(f"{directory} holds no data of Roarbase", directory=str(directory))
        _look_at_snapshots(found, directory, store)
        _look_at_log(found, directory, store, segments)
    except OSError as error:
        raise OperatorError(f"{directory} cannot be read: {error}", directory=str(directory)) from error
    return found


# ---- snapshots -----------------------------------------------------------------------------


def _look_at_snapshots(found: Inspection, directory: Path, store: FileStore) -> None:
    try:
        read = read_manifest_or_none(store, directory)
    except LogDamaged as error:
        found.files.append(FileReport(name=MANIFEST_NAME, what="the manifest", damage=_damage(error)))
        return
    if read is None:
        return
    found.header, found.manifest = read
    found.log_id = found.header.log_id
    count = len(found.manifest.tables)
    what = f"{count} table{'' if count == 1 else 's'} as of entry {found.header.sequence}"
    found.files.append(FileReport(name=MANIFEST_NAME, what=what, size_bytes=_size(store, directory / MANIFEST_NAME)))
    for table in found.manifest.tables:
        found.files += _snapshots_of(table, found.header.log_id, directory, store)


def _snapshots_of(table: TableRow, log_id: bytes, directory: Path, store: FileStore) -> Iterator[FileReport]:
    for shard in table.shards:
        if shard.file:
            what = f"shard {shard.shard} of table {table.name!r}, up to entry {shard.covers}"
            yield _snapshot(store, directory / shard.file, "shard", ShardAbout, log_id, what)
    for rows in table.rows:
        what = f"rows {rows.first} to {rows.first + rows.count - 1} of field {_name_of(table, rows.field)!r}"
        what += f" of table {table.name!r}"
        yield _snapshot(store, directory / rows.file, "rows", RowsAbout, log_id, what)


def _name_of(table: TableRow, field_id: str) -> str:
    return next((field.spec.name for field in table.fields if field.id == field_id), field_id)


def _snapshot(
    store: FileStore, path: Path, kind: str, about: type[ShardAbout] | type[RowsAbout], log_id: bytes, what: str
) -> FileReport:
    damage, size = None, 0
    try:
        with open_named(store, path, kind, about, log_id) as file:
            size = file.size()
            file.pieces()
    except LogDamaged as error:
        damage = _damage(error)
    return FileReport(name=path.name, what=what, size_bytes=size, damage=damage)


# ---- the log -------------------------------------------------------------------------------


def _look_at_log(found: Inspection, directory: Path, store: FileStore, segments: list[int]) -> None:
    covered = found.covered
    skipped = sum(first <= covered + 1 for first in segments[1:])
    found.firsts = segments[skipped:]
    if not found.firsts or found.firsts[0] > covered + 1:
        found.gap = f"entries from {covered + 1} on are missing: the log {_beginning(found.firsts)}"
    for first, stop in zip_longest(segments, segments[1:]):
        report = _segment(found, store, directory / segment_name(first), stop)
        found.files.append(report if first in found.firsts else _superfluous(report))
    found.last = sum(1 for _ in entries_behind(found, directory, store)) + covered
    if found.header is not None and found.last < found.header.sequence and not found.gap:
        found.gap = f"the log is whole up to entry {found.last}, and snapshots have what {found.header.sequence} did"


def entries_behind(found: Inspection, directory: Path, store: FileStore) -> Iterator[bytes]:
    """The records of those entries that some shard lacks, as they are in the log, up to the first that is not whole."""
    wanted = found.covered + 1
    for first, stop in zip_longest(found.firsts, found.firsts[1:]):
        file = store.open(directory / segment_name(first))
        try:
            for record in RecordReader(file, _marker(found)).find_records(SEGMENT_HEADER_SIZE):
                if record.kind == SEAL:
                    break
                if record.kind == ENTRY and record.sequence == wanted != stop:
                    yield file.read_at(record.offset, record.stop - record.offset)
                    wanted += 1
        finally:
            file.close()


def _marker(found: Inspection) -> bytes:
    return (found.log_id or b"")[:MARKER_SIZE]


def _beginning(firsts: list[int]) -> str:
    return f"begins with {firsts[0]}" if firsts else "has no segment"


def _superfluous(report: FileReport) -> FileReport:
    """A segment that no start reads: whatever it is."""
    note = "snapshots have all of it" if report.damage is None else f"{report.damage}; snapshots have all of it"
    return replace(report, damage=None, note=note)


def _segment(found: Inspection, store: FileStore, path: Path, stop: int | None) -> FileReport:
    file = store.open(path)
    first = first_sequence_or_none(path.name) or 1
    last, note = first - 1, ""
    try:
        header = read_header(file)
        found.log_id = found.log_id or header.log_id
        if header.log_id != found.log_id:
            damage: Damage | None = Damage(16, "it belongs to another log")
        else:
            damage, last, note = _entries(file, header, stop)
    except LogDamaged as error:
        damage = _damage(error)
    finally:
        size = file.size()
        file.close()
    what = f"entries {first} to {last}" if last >= first else f"no entry; the next one is {first}"
    return FileReport(name=path.name, what=what, size_bytes=size, last=last, damage=damage, note=note)


def _entries(file: File, header: SegmentHeader, stop: int | None) -> tuple[Damage | None, int, str]:
    """What is wrong with the records of a segment, the last entry before that, and a note."""
    last = header.first - 1

    def note_entry(sequence: int, _: object) -> None:
        nonlocal last
        last = sequence

    try:
        # None of them is taken as covered, so that all are decoded.
        end = replay_segment(file, header, stop, note_entry)
    except LogDamaged as error:
        damage = _damage(error)
        behind = _whole_behind(file, header, damage.offset, last, stop)
        return damage, last, f"{behind} whole entries stand behind that" if behind else ""
    return None, end.last, "" if end.is_blank else "its end was being written; the next start cuts that off"


def _whole_behind(file: File, header: SegmentHeader, offset: int, last: int, stop: int | None) -> int:
    """How many entries behind a damaged place are whole."""
    reader = RecordReader(file, header.log_id[:MARKER_SIZE])
    found = {record.sequence for record in reader.find_records(offset) if record.kind == ENTRY}
    return sum(sequence > last and (stop is None or sequence < stop) for sequence in found)


def _damage(error: LogDamaged) -> Damage:
    offset, reason = error.values.get("offset", 0), error.values.get("reason", error.message)
    assert isinstance(offset, int)
    return Damage(offset, str(reason))


def _size(store: FileStore, path: Path) -> int:
    file = store.open(path)
    try:
        return file.size()
    finally:
        file.close()
