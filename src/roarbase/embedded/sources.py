"""Where columns come from: dictionaries, Arrow data, Parquet files."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from roarbase.embedded.batches import Columns, Stream
from roarbase.embedded.heavy import arrow_module, is_arrow
from roarbase.errors import InvalidParameter

__all__ = ["columns_of", "stream_of"]


def columns_of(data: Any) -> Columns:
    """The columns of a dictionary, or of an Arrow table, record batch or stream.

    Raises:
        InvalidParameter: It is nothing of these.
        OperatorError: It is Arrow data, and pyarrow is not installed.
    """
    if isinstance(data, Mapping):
        return data
    if is_arrow(data):
        columns: Columns = arrow_module("arrow_tables").whole_columns(data)
        return columns
    raise InvalidParameter(f"the data is a {type(data).__name__}: give a dictionary of columns, or an Arrow table")


def stream_of(source: Any, columns: Sequence[str] | None) -> Stream:
    """The columns of Arrow data, or of the Parquet files at one or more paths. `columns` chooses some of them.

    Raises:
        InvalidParameter: It is nothing of these, or a column is missing.
        OperatorError: pyarrow is not installed.
    """
    stream: Stream
    if is_arrow(source):
        stream = arrow_module("arrow_tables").stream_of(source, columns)
    else:
        stream = arrow_module("parquet").open_parquet(_paths(source), columns)
    return stream


def _paths(source: Any) -> list[Path]:
    paths = [source] if isinstance(source, str | os.PathLike) else source
    if isinstance(paths, Sequence) and all(isinstance(path, str | os.PathLike) for path in paths):
        return [Path(path).expanduser() for path in paths]
    raise InvalidParameter(f"the source is a {type(source).__name__}: give the path of a Parquet file, or Arrow data")
