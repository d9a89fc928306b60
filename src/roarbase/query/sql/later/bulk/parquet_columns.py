"""Parquet: columns by their names. pyarrow is there for it only, so this module is loaded by `loading.py`.

A column of the very type is taken as arrays; of any other, or where a value is beyond what arrays hold, each value is
put in the forms of JSON (`parquet_values.py`), and means what it would mean there.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pt
from numpy.typing import NDArray

from roarbase.engine.kernels.cells.port import SURE_DIGITS
from roarbase.model.fields import INT64_MAX, INT64_MIN, MAXIMUM_ID
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.bulk.mapping import Mapped, Switches
from roarbase.query.sql.later.bulk.parquet_values import is_moment, ns_of, read_singly
from roarbase.query.sql.later.columns.numbers import Integers, within
from roarbase.query.sql.later.columns.values import Cells, Given, Sets, Values, values_of, values_or_objects
from roarbase.query.sql.later.operations.arithmetic import power_of_ten
from roarbase.query.sql.later.operations.operation import failure

__all__ = ["read_parquet"]

_MOST_ROWS = 20_000_000
_MOST_BYTES = 2 * 2**30
_NS = 10**9


def read_parquet(data: bytes, mapped: Sequence[Mapped], switches: Switches, limit: int | None) -> list[Given]:
    """The values of the entries of MAP, column by column.

    Raises:
        BadRequest: It is no Parquet, or too much, lacks a column, or has a value of another type.
    """
    try:
        table, rows = _table(data, [str(each.source) for each in mapped], switches)
        rows = rows if limit is None else min(limit, rows)
        return [_column(table, each, rows) for each in mapped]
    except (OSError, pa.ArrowException, UnicodeError) as error:  # UnicodeError: in the names of a damaged file
        said = " ".join(str(error).split())[:200]
        raise failure(f"unable to read Parquet: {said}") from None


def _table(data: bytes, names: Sequence[str], switches: Switches) -> tuple[Any, int]:
    """The columns that are there, and how many rows the file has."""
    file = pq.ParquetFile(pa.BufferReader(data))
    there = file.schema_arrow.names
    missing = next((name for name in names if name not in there), None)
    if missing is not None and not switches.allows_missing:
        raise failure(f"unknown key {missing}: the columns are {', '.join(there)}"[:1000])
    several = next((name for name in names if there.count(name) > 1), None)
    if several is not None:
        raise failure(f"the file has several columns {several[:100]}")
    groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
    size, rows = sum(group.total_byte_size for group in groups), file.metadata.num_rows
    if rows > _MOST_ROWS or size > _MOST_BYTES:
        raise failure(f"the file holds {rows} rows of {size} bytes; at most {_MOST_ROWS} of {_MOST_BYTES} are read")
    return file.read(columns=[name for name in dict.fromkeys(names) if name in there]), rows


def _column(table: Any, mapped: Mapped, rows: int) -> Given:
    name, kind = str(mapped.source), mapped.type
    if name not in table.column_names:
        return values_of(kind.kind, [None] * rows)
    column = table.column(name).slice(0, rows)
    if pt.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    read = _READ.get(kind.kind)
    cells = None if read is None else read(column, kind)
    if cells is None:
        return values_or_objects(kind.kind, read_singly(column, kind))
    are_there = np.asarray(column.is_valid()) if column.null_count else None
    return Values(cells, are_there)


# ---- all at once -------------------------------------------------------------------------------


def _integers(column: Any, kind: SqlType) -> Integers | None:
    if not pt.is_integer(column.type):
        return None
    numbers = np.asarray(column.fill_null(0))
    bounds = (0, MAXIMUM_ID) if kind.kind == Kind.ID else (INT64_MIN, INT64_MAX)
    return within(numbers if numbers.dtype == np.uint64 else numbers.astype(np.int64, copy=False), *bounds)


def _strings(column: Any, _: SqlType) -> list[str] | None:
    if not (pt.is_string(column.type) or pt.is_large_string(column.type)):
        return None
    try:
        return list(column.fill_null("").to_pylist())
    except UnicodeDecodeError:
        return None


def _bools(column: Any, _: SqlType) -> Cells | None:
    return np.asarray(column.fill_null(False)) if pt.is_boolean(column.type) else None


def _in_units(numbers: Integers | None, factor: int) -> Integers | None:
    """Numbers times a factor."""
    most = INT64_MAX // factor
    found = within(numbers, -most, most)
    return None if found is None else found.astype(np.int64, copy=False) * factor


def _moments(column: Any, kind: SqlType) -> Cells | None:
    if not is_moment(column.type):
        return _in_units(_integers(column, kind), _NS)
    days_or_moments = column.cast(pa.int32()) if pt.is_date32(column.type) else column
    return _in_units(np.asarray(days_or_moments.cast(pa.int64()).fill_null(0)), ns_of(column.type))


def _decimals(column: Any, kind: SqlType) -> Cells | None:
    if not pt.is_decimal128(column.type):
        return _in_units(_integers(column, kind), power_of_ten(kind.scale))
    more = kind.scale - column.type.scale
    units = _lower_words(column.fill_null(0))
    if more >= 0:
        return _in_units(units, power_of_ten(more))
    return None if units is None or -more > SURE_DIGITS else _cut(units, power_of_ten(-more))


def _cut(units: NDArray[np.int64], divisor: int) -> NDArray[np.int64]:
    """Quotients, cut toward zero."""
    found = units // divisor
    found += (units < 0) & (found * divisor != units)
    return found


def _lower_words(column: Any) -> NDArray[np.int64] | None:
    """Decimals of 128 bits, none of them null, as whole numbers of units; None if one needs more than 64."""
    words = np.concatenate([np.empty((0, 2), np.int64), *map(_words, filter(len, column.chunks))])
    fits = (words[:, 1] == words[:, 0] >> 63).all()
    return np.ascontiguousarray(words[:, 0]) if fits else None


def _words(chunk: Any) -> NDArray[np.int64]:
    return np.frombuffer(chunk.buffers()[1], np.int64).reshape(-1, 2)[chunk.offset :][: len(chunk)]


def _members(column: Any) -> Any:
    """The members of all lists; None if these are no lists, or a member is null."""
    given = column.type
    if not (pt.is_list(given) or pt.is_large_list(given) or pt.is_fixed_size_list(given)):
        return None
    members = pa.chunked_array([chunk.flatten() for chunk in column.chunks], given.value_type)
    return None if members.null_count else members


def _vectors(column: Any, kind: SqlType) -> Cells | None:
    members = _members(column)
    if members is None or not (pt.is_floating(members.type) or pt.is_integer(members.type)):
        return None
    numbers = np.asarray(members).astype(np.float64, copy=False)
    are_vectors = pc.all(pc.equal(pc.list_value_length(column), kind.scale)).as_py()
    if are_vectors is False or not np.isfinite(numbers).all():
        return None
    vectors = map(tuple, numbers.reshape(-1, kind.scale).tolist())
    return [next(vectors) if is_there else () for is_there in column.is_valid().to_pylist()]  # type: ignore[misc]


def _sets(column: Any, kind: SqlType) -> Cells | None:
    members = _members(column)
    if members is None:
        return None
    found = _strings(members, kind) if kind.member.kind == Kind.STRING else _integers(members, kind.member)
    if found is None:
        return None
    sizes = np.asarray(pc.list_value_length(column).fill_null(0))
    return Sets(np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]), found)


_READ: dict[Kind, Callable[[Any, SqlType], Cells | None]] = {
    Kind.ID: _integers,
    Kind.INT: _integers,
    Kind.STRING: _strings,
    Kind.BOOL: _bools,
    Kind.TIMESTAMP: _moments,
    Kind.DECIMAL: _decimals,
    Kind.VECTOR: _vectors,
    **dict.fromkeys((Kind.IDSET, Kind.IDSETQ, Kind.STRINGSET, Kind.STRINGSETQ), _sets),
}
"""Columns of the very type, all at once; None if they are none, or one value needs a closer look."""
