"""Parquet files as streams of columns."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from roarbase.embedded.arrow_tables import chosen, pieces
from roarbase.embedded.batches import Stream
from roarbase.errors import InvalidParameter

__all__ = ["open_parquet"]

_BATCH_RECORDS = 2**17


def open_parquet(paths: Sequence[Path], names: Sequence[str] | None) -> Stream:
    """Files one after the other; a directory stands for the files in it that end in `.parquet`, by name.

    Args:
        names: Only these columns; None takes all of the first file.

    Raises:
        InvalidParameter: A file is not there or no Parquet, or a column is missing.
    """
    files = [(path, _opened(path)) for path in _files(paths)]
    found = chosen(files[0][1].schema_arrow.names, names)
    for _, file in files[1:]:
        chosen(file.schema_arrow.names, found)
    return Stream(found, pieces(_read_ahead(_batches(files, found))))


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
        if not inside:
            raise InvalidParameter(f"the directory {path} has no file that ends in .parquet", path=str(path))
        found += inside
    if not found:
        raise InvalidParameter("no path is given")
    return found


def _opened(path: Path) -> Any:
    try:
        with pq.ParquetFile(path) as file:
            texts = [column.path for column in map(file.schema.column, range(len(file.schema))) if _is_text(column)]
        return pq.ParquetFile(path, read_dictionary=texts, pre_buffer=True)
    except (OSError, pa.ArrowException) as error:
        raise _unreadable(path, error) from None


def _is_text(column: Any) -> bool:
    # pyarrow does not read lists as dictionaries where a batch is of two row groups.
    return bool(column.logical_type.type == "STRING" and not column.max_repetition_level)


def _batches(files: Sequence[tuple[Path, Any]], names: list[str]) -> Iterator[Any]:
    for path, file in files:
        with file:
            batches = file.iter_batches(batch_size=_BATCH_RECORDS, columns=names)
            try:
                yield from batches
            except (OSError, pa.ArrowException) as error:
                raise _unreadable(path, error) from None


def _read_ahead(batches: Iterator[Any]) -> Iterator[Any]:
    """The batches, of which the next is read in another thread while one is in use."""
    with ThreadPoolExecutor(1, thread_name_prefix="roarbase-parquet") as reader:
        coming = reader.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = reader.submit(next, batches, None)
            yield batch


def _unreadable(path: Path, error: Exception) -> InvalidParameter:
    return InvalidParameter(f"{path} cannot be read as Parquet: {error}", path=str(path))
