"""Tables as Parquet files, written a piece at a time."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from roarbase.embedded.arrow_answers import table_of
from roarbase.embedded.loading import Progress
from roarbase.engine import plan as p
from roarbase.engine.port import Engine
from roarbase.errors import InvalidParameter
from roarbase.model.budget import Budget
from roarbase.model.fields import MAXIMUM_ID, TableSpec
from roarbase.model.names import RECORD_ID
from roarbase.model.results import ExtractResult, RecordsResult

__all__ = ["export_table"]

_PIECE_RECORDS = 2**17
_COMPRESSION = "zstd"
_PART = ".part"


def export_table(
    engine: Engine, table: TableSpec, path: Path, fields: Sequence[str] | None, progress: Progress | None
) -> int:
    """Write the records of a table, in order of id, keys in that of their first use; tells how many.

    Raises:
        InvalidParameter: A field is not there, or the file cannot be written.
    """
    chosen = _chosen(table, fields)
    schema = table_of(_asked(engine, table, p.Nothing(), chosen).table()).schema
    part = path.with_name(path.name + _PART)
    try:
        try:
            count = _write(part, schema, _pieces(engine, table, chosen), progress)
            os.replace(part, path)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
    except OSError as error:
        raise InvalidParameter(f"{path} cannot be written: {error.strerror or error}", path=str(path)) from None
    return count


def _chosen(table: TableSpec, fields: Sequence[str] | None) -> tuple[str, ...]:
    for name in fields or ():
        if name not in table.fields:
            known = ", ".join(map(repr, table.fields))
            raise InvalidParameter(f"table {table.name!r} has no field {name!r}; its fields are {known}", field=name)
    return tuple(table.fields if fields is None else dict.fromkeys(fields))


def _write(path: Path, schema: Any, pieces: Iterator[Any], progress: Progress | None) -> int:
    count = 0
    with pq.ParquetWriter(path, schema, compression=_COMPRESSION) as writer:
        for piece in pieces:
            writer.write_table(piece.cast(schema), row_group_size=_PIECE_RECORDS)
            count += len(piece)
            if progress is not None:
                progress(count)
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    return count


def _pieces(engine: Engine, table: TableSpec, fields: tuple[str, ...]) -> Iterator[Any]:
    found = _by_key(engine, table, fields) if table.is_keyed else _by_id(engine, table, fields)
    return (table_of(piece.table()) for piece in found if len(piece.records.cells))


def _by_id(engine: Engine, table: TableSpec, fields: tuple[str, ...]) -> Iterator[ExtractResult]:
    """Each piece begins behind the last id of the one before it."""
    low = 0
    while True:
        piece = _asked(engine, table, p.IdRange(low=low), fields, _PIECE_RECORDS)
        yield piece
        ids = piece.records.cells
        last: Any = ids[-1] if len(ids) == _PIECE_RECORDS else MAXIMUM_ID
        if last >= MAXIMUM_ID:
            return
        low = int(last) + 1


def _by_key(engine: Engine, table: TableSpec, fields: tuple[str, ...]) -> Iterator[ExtractResult]:
    """Keys have no order to go on from, so all of them are asked for first."""
    found = engine.run(table.id, p.Records(p.All()), Budget())
    assert isinstance(found, RecordsResult)
    for start in range(0, len(found.records), _PIECE_RECORDS):
        keys: tuple[Any, ...] = tuple(found.records[start : start + _PIECE_RECORDS])
        yield _asked(engine, table, p.RecordSet(keys), fields)


def _asked(
    engine: Engine, table: TableSpec, which: p.Bitmap, fields: tuple[str, ...], limit: int | None = None
) -> ExtractResult:
    result = engine.run(table.id, p.Extract(input=which, fields=fields, limit=limit), Budget())
    assert isinstance(result, ExtractResult)
    assert result.records.name == RECORD_ID
    return result
