"""From a manifest and its files to tables, several files at a time."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol

from roarbase.engine.buffers.pieces import Piece
from roarbase.engine.names.record_keys import RecordKeys
from roarbase.engine.snapshots.images import load_shard
from roarbase.engine.storage.file_store import FileStore
from roarbase.engine.storage.manifest import Manifest, RowsAbout, RowsRow, ShardAbout, ShardRow, TableRow, open_named
from roarbase.engine.storage.segment import damaged
from roarbase.engine.storage.snapshot_file import FileHeader
from roarbase.engine.tables.coverage import Coverage
from roarbase.engine.tables.fields import RowField
from roarbase.engine.tables.table import Table
from roarbase.model.changes import CreateTable

__all__ = ["Adopting", "load_tables"]

_WORKERS = 4
_AHEAD = 8
"""Files that are read before they are needed, so that the memory of a start is not twice that of the tables."""

_Sections = dict[str, dict[str, Piece]]


class Adopting(Protocol):
    """What is filled."""

    def make_table(self, change: CreateTable) -> Table: ...

    def adopt(self, tables: dict[str, Table], end: int) -> None: ...


def load_tables(state: Adopting, store: FileStore, directory: Path, header: FileHeader, manifest: Manifest) -> None:
    """Fill an empty state.

    Raises:
        LogDamaged: A file is missing, or not what was written; it is named.
        OSError: The disk refuses.
    """
    tables = {row.id: _empty_table(state, row) for row in manifest.tables}
    by_name = {table.name: table for table in tables.values()}
    for row in manifest.tables:
        for field in row.fields:
            target = by_name[field.spec.foreign_index] if field.spec.is_reference else None
            tables[row.id].add_field(field.id, field.spec, target)
    for row in manifest.tables:
        _settle(tables[row.id], row, header.sequence)
    with ThreadPoolExecutor(min(_WORKERS, os.cpu_count() or 1), "roarbase-load") as pool:
        _load_files(pool, tables, store, directory, header, manifest)
    state.adopt(tables, header.sequence)


def _empty_table(state: Adopting, row: TableRow) -> Table:
    return state.make_table(CreateTable(table=row.id, name=row.name, is_keyed=row.is_keyed))


def _settle(table: Table, row: TableRow, end: int) -> None:
    """Have what belongs to no shard."""
    shards = {shard.shard: shard.covers for shard in row.shards}
    table.coverage = Coverage(end=end, shards=shards, names=(row.entered, row.next_position))
    if isinstance(table.records, RecordKeys):
        table.records.settle_order(is_in_order=row.is_in_order, kept_from=row.kept_from)


def _load_files(
    pool: ThreadPoolExecutor,
    tables: dict[str, Table],
    store: FileStore,
    directory: Path,
    header: FileHeader,
    manifest: Manifest,
) -> None:
    jobs: list[tuple[TableRow, ShardRow | RowsRow]] = []
    for found in manifest.tables:
        jobs += ((found, rows) for rows in found.rows)
        jobs += ((found, shard) for shard in found.shards if shard.file)
    read = partial(_read, store, directory, header.log_id)
    waiting = [pool.submit(read, table, row) for table, row in jobs[:_AHEAD]]
    for place, (table, _) in enumerate(jobs):
        about, sections = waiting.pop(0).result()
        if place + _AHEAD < len(jobs):
            waiting.append(pool.submit(read, *jobs[place + _AHEAD]))
        if isinstance(about, ShardAbout):
            load_shard(tables[table.id], about, sections)
        else:
            _load_rows(tables[table.id], about, sections.get(about.field, {}))


def _read(
    store: FileStore, directory: Path, log_id: bytes, table: TableRow, row: ShardRow | RowsRow
) -> tuple[ShardAbout | RowsAbout, _Sections]:
    path = directory / row.file
    if isinstance(row, ShardRow):
        with open_named(store, path, "shard", ShardAbout, log_id) as shard:
            if (shard.about.table, shard.about.shard) != (table.id, row.shard):
                raise damaged(path, 0, f"it is not of shard {row.shard} of table {table.name!r}")
            return shard.about, shard.pieces()
    with open_named(store, path, "rows", RowsAbout, log_id) as rows:
        if (rows.about.field, rows.about.first, rows.about.count) != (row.field, row.first, row.count):
            raise damaged(path, 0, f"it is not of the rows from {row.first} on of field {row.field!r}")
        return rows.about, rows.pieces()


def _load_rows(table: Table, about: RowsAbout, pieces: dict[str, Piece]) -> None:
    field = table.fields_by_id().get(about.field)
    if isinstance(field, RowField) and pieces:
        field.names.load(pieces)
