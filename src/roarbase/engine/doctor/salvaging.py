"""Salvage: an engine's directory that starts, made of what is whole in one that does not.

The log is kept up to its first damage. A shard whose snapshot is damaged is left out, and then nothing is kept that was
written after the snapshots, since it may name records of that shard. A field whose rows cannot be named any more is
left out. What was lost is told in sentences; what is kept is verified.
"""

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from msgspec.structs import replace

from roarbase.engine.doctor.inspecting import Inspection, entries_behind, inspect_engine
from roarbase.engine.storage.file_store import File, FileStore
from roarbase.engine.storage.manifest import Manifest, TableRow, write_manifest
from roarbase.engine.storage.segment import (
    SEGMENT_HEADER_SIZE,
    SegmentHeader,
    create_segment,
    first_sequence_or_none,
    next_segment_bytes,
)
from roarbase.engine.storage.snapshot_file import FileHeader
from roarbase.engine.verify import Verified, verify_engine
from roarbase.errors import OperatorError

__all__ = ["Salvaged", "salvage_engine"]

_PIECE_BYTES = 8 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Salvaged:
    """What a salvage came to.

    Attributes:
        lost: A sentence for everything that is not in the new directory.
        verified: The new directory as a start finds it.
    """

    lost: list[str]
    verified: Verified


@dataclass(kw_only=True, slots=True)
class _Plan:
    """What goes into the new directory.

    Attributes:
        manifest: With its header; None: the log alone.
        first: The entry with which the log begins.
        last: The last one of it; if that is the one before, the log is empty.
    """

    manifest: tuple[FileHeader, Manifest] | None
    first: int
    last: int
    lost: list[str] = field(default_factory=list)


def salvage_engine(directory: Path, target: Path, store: FileStore) -> Salvaged:
    """Write what is whole to another directory, which is made. The first one stays as it is.

    Raises:
        OperatorError: There is something in the target already, nothing can be salvaged, or the disk refuses.
    """
    found = inspect_engine(directory, store)
    plan = _plan(found, directory)
    try:
        store.create_directory(target)
        if store.list_names(target):
            raise OperatorError(f"{target} is not empty: name a new directory", directory=str(target))
        _write(found, plan, directory, target, store)
        store.sync_directory(target)
    except OSError as error:
        raise OperatorError(f"{target} cannot be written: {error}", directory=str(target)) from error
    return Salvaged(lost=plan.lost, verified=verify_engine(target, store))


# ---- what is kept --------------------------------------------------------------------------


def _plan(found: Inspection, directory: Path) -> _Plan:
    if found.header is None or found.manifest is None:
        return _plan_of_log(found, directory)
    manifest, lost = _whole_tables(found.manifest, {file.name for file in found.damaged})
    end, is_less = found.header.sequence, _count_shards(manifest) < _count_shards(found.manifest)
    last = found.last
    if is_less and last > end:
        lost.append(f"entries {end + 1} to {last} of the log: they may be of records in a shard that is lost")
        last = end
    lost += _lost_of_log(found)
    if last >= end:
        return _Plan(manifest=(found.header, manifest), first=found.covered + 1, last=last, lost=lost)
    late = [
        f"shard {row.shard} of table {table.name!r}"
        for table in manifest.tables
        for row in table.shards
        if row.covers < end
    ]
    if late:
        lost.append(f"what the log up to entry {end} had for {', '.join(late)} behind their snapshots")
    return _Plan(manifest=(found.header, _all_covering(manifest, end)), first=end + 1, last=end, lost=lost)


def _plan_of_log(found: Inspection, directory: Path) -> _Plan:
    """The log alone: there are no snapshots, or nobody knows of what they are."""
    if found.gap or found.firsts[:1] != [1] or not found.last:
        raise OperatorError(
            f"nothing can be salvaged from {directory}: without the manifest the log is needed from its first entry "
            "on, and that is not there. Restore it from a backup",
            directory=str(directory),
        )
    return _Plan(manifest=None, first=1, last=found.last, lost=_lost_of_log(found))


def _lost_of_log(found: Inspection) -> list[str]:
    """What is behind the first damage of the log; damage of what all shards have in their snapshots costs nothing."""
    sentences = [
        f"{file.name}: {file.damage}; {file.note or 'no whole entry stands behind that'}"
        for file in found.damaged
        if file.last >= found.covered and first_sequence_or_none(file.name) is not None
    ]
    if sentences:
        sentences.insert(0, f"everything behind entry {found.last} of the log")
    return sentences


def _whole_tables(manifest: Manifest, damaged: set[str]) -> tuple[Manifest, list[str]]:
    """The manifest without what is in damaged files, and what that was."""
    lost: list[str] = []
    tables = [_whole_table(table, damaged, lost) for table in manifest.tables]
    torn = {
        table.name for table, old in zip(tables, manifest.tables, strict=True) if len(table.shards) < len(old.shards)
    }
    for place, table in enumerate(tables):
        dangling = {
            row.id: row.spec.name for row in table.fields if row.spec.is_reference and row.spec.foreign_index in torn
        }
        tables[place] = _without_fields(table, set(dangling))
        lost += [
            f"field {name!r} of table {table.name!r}: it refers to records of a lost shard"
            for name in dangling.values()
        ]
    return replace(manifest, tables=tables), lost


def _whole_table(table: TableRow, damaged: set[str], lost: list[str]) -> TableRow:
    nameless = {rows.field for rows in table.rows if rows.file in damaged}
    names = [row.spec.name for row in table.fields if row.id in nameless]
    lost += [f"field {name!r} of table {table.name!r}: what its rows are called is damaged" for name in names]
    gone = [row for row in table.shards if row.file in damaged]
    lost += [f"shard {row.shard} of table {table.name!r}: up to {1 << 20:,} records" for row in gone]
    return replace(_without_fields(table, nameless), shards=[row for row in table.shards if row not in gone])


def _without_fields(table: TableRow, ids: set[str]) -> TableRow:
    return replace(
        table,
        fields=[row for row in table.fields if row.id not in ids],
        rows=[rows for rows in table.rows if rows.field not in ids],
    )


def _all_covering(manifest: Manifest, end: int) -> Manifest:
    """The same where nothing is to be replayed."""
    tables = [
        replace(table, shards=[replace(row, covers=end) for row in table.shards if row.file])
        for table in manifest.tables
    ]
    return replace(manifest, tables=tables)


def _count_shards(manifest: Manifest) -> int:
    return sum(len(table.shards) for table in manifest.tables)


# ---- writing it ----------------------------------------------------------------------------


def _write(found: Inspection, plan: _Plan, directory: Path, target: Path, store: FileStore) -> None:
    if plan.manifest is not None:
        for name in plan.manifest[1].names():
            _copy(store, directory / name, target / name)
    _write_log(found, plan, directory, target, store)
    if plan.manifest is not None:
        store.sync_directory(target)
        write_manifest(store, target, *plan.manifest)


def _write_log(found: Inspection, plan: _Plan, directory: Path, target: Path, store: FileStore) -> None:
    """Write the records of the entries that are kept into one segment."""
    assert found.log_id is not None
    header = SegmentHeader(log_id=found.log_id, first=plan.first)
    file, offset = create_segment(store, target, header, next_segment_bytes(0, 0)), SEGMENT_HEADER_SIZE
    try:
        for record in islice(entries_behind(found, directory, store), plan.last + 1 - plan.first):
            file.write_at(offset, record)
            offset += len(record)
        file.sync()
    finally:
        file.close()


def _copy(store: FileStore, source: Path, target: Path) -> None:
    """Copy a file, durably but for its name."""
    old, new = store.open(source), store.create(target)
    try:
        _copy_bytes(old, new, old.size())
        new.sync()
    finally:
        old.close()
        new.close()


def _copy_bytes(old: File, new: File, stop: int) -> None:
    for offset in range(0, stop, _PIECE_BYTES):
        new.write_at(offset, old.read_at(offset, min(_PIECE_BYTES, stop - offset)))
