"""Parquet: columns by their names. pyarrow is there for it only, so this module is loaded by `loading.py`."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pt

from roarbase.errors import BadRequest
from roarbase.model.fields import INT64_MAX, INT64_MIN, MAXIMUM_ID
from roarbase.model.timestamps import timestamp_text
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.bulk.mapping import Mapped, Switches, unconvertible
from roarbase.query.sql.later.bulk.ndjson_rows import value_of_json
from roarbase.query.sql.later.columns.values import Values, values_of
from roarbase.query.sql.later.operations.operation import failure

__all__ = ["read_parquet"]

_MOST_ROWS = 20_000_000
_MOST_BYTES = 2 * 2**30
_NS_PLACES = 9
_DIGITS = 38


def read_parquet(data: bytes, mapped: Sequence[Mapped], switches: Switches, limit: int | None) -> list[Values]:
    """The values of the entries of MAP, column by column.

    Raises:
        BadRequest: It is no Parquet, or too much, lacks a column, or has a value of another type.
    """
    try:
        table = _table(data, [str(each.source) for each in mapped], switches)
        rows = table.num_rows if limit is None else min(limit, table.num_rows)
        return [_column(table, each, rows) for each in mapped]
    except (OSError, pa.ArrowException) as error:
        said = " ".join(str(error).split())[:200]
        raise failure(f"unable to read Parquet: {said}") from None


def _table(data: bytes, names: Sequence[str], switches: Switches) -> Any:
    file = pq.ParquetFile(pa.BufferReader(data))
    there = file.schema_arrow.names
    missing = next((name for name in names if there.count(name) != 1), None)
    if missing is not None and not switches.allows_missing:
        raise failure(f"unknown key {missing}: the columns are {', '.join(there)}"[:1000])
    groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    if file.metadata.num_rows > _MOST_ROWS or size > _MOST_BYTES:
        raise failure(
            f"the file holds {file.metadata.num_rows} rows of {size} bytes; "
            f"at most {_MOST_ROWS} of {_MOST_BYTES} are read"
        )
    return file.read(columns=[name for name in dict.fromkeys(names) if name in there])


def _column(table: Any, mapped: Mapped, rows: int) -> Values:
    name = str(mapped.source)
    if name not in table.column_names:
        return values_of(mapped.type.kind, [None] * rows)
    column = table.column(name).slice(0, rows)
    column = column.cast(column.type.value_type) if pt.is_dictionary(column.type) else column
    return values_of(mapped.type.kind, _whole(column, mapped.type) or _singly(column, mapped.type))


# ---- all at once -------------------------------------------------------------------------------


def _whole(column: Any, kind: SqlType) -> list[Any] | None:
    """The values of a column of the very type; None if its values need a closer look."""
    given = column.type
    if kind.kind in (Kind.INT, Kind.ID) and pt.is_integer(given):
        bounds = pc.min_max(column).as_py()
        low, high = (0, MAXIMUM_ID) if kind.kind == Kind.ID else (INT64_MIN, INT64_MAX)
        fits = bounds["min"] is None or (low <= bounds["min"] and bounds["max"] <= high)
        return list(column.to_pylist()) if fits else None
    if kind.kind == Kind.STRING and (pt.is_string(given) or pt.is_large_string(given)):
        return list(column.to_pylist())
    if kind.kind == Kind.BOOL and pt.is_boolean(given):
        return list(column.to_pylist())
    if kind.kind == Kind.TIMESTAMP and (pt.is_timestamp(given) or pt.is_date(given)):
        return list(column.cast(pa.timestamp("ns")).cast(pa.int64()).to_pylist())
    if kind.kind == Kind.DECIMAL and pt.is_decimal128(given) and given.scale <= kind.scale:
        return _decimals(column.cast(pa.decimal128(_DIGITS, kind.scale)))
    return None


def _decimals(column: Any) -> list[Any] | None:
    """Decimals of 128 bits as whole numbers of units; None if one needs more than 64."""
    found: list[Any] = []
    for chunk in column.chunks:
        words = np.frombuffer(chunk.buffers()[1], np.int64).reshape(-1, 2)[chunk.offset : chunk.offset + len(chunk)]
        valid = chunk.is_valid().to_numpy(zero_copy_only=False)
        if not ((words[:, 1] == words[:, 0] >> 63) | ~valid).all():
            return None
        numbers = words[:, 0].tolist()
        found += numbers if valid.all() else [n if v else None for n, v in zip(numbers, valid.tolist(), strict=True)]
    return found


# ---- one by one --------------------------------------------------------------------------------


def _singly(column: Any, kind: SqlType) -> list[Any]:
    if pt.is_timestamp(column.type):  # whose values Python has no type for, where they count nanoseconds
        ns = column.cast(pa.timestamp("ns")).cast(pa.int64()).to_pylist()
        cells: list[Any] = [None if cell is None else timestamp_text(cell, _NS_PLACES) for cell in ns]
    else:
        cells = column.to_pylist()
    found: list[Any] = []
    for row, cell in enumerate(cells, 1):
        try:
            found.append(None if cell is None else value_of_json(_plain(cell), kind))
        except (ValueError, ArithmeticError, BadRequest):
            raise unconvertible(cell, kind, row) from None
    return found


def _plain(cell: Any) -> Any:
    """A value of Parquet as JSON would have it. Raises ValueError if it could not."""
    if isinstance(cell, list):
        return [_plain(member) for member in cell]
    if isinstance(cell, float):
        return Decimal(repr(cell))
    if isinstance(cell, bytes):
        return cell.decode()
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return cell
