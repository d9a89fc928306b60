"""Values of Parquet one by one, as JSON would have them."""

from collections.abc import Iterable
from datetime import date, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.types as pt

from roarbase.model.timestamps import timestamp_text
from roarbase.query.sql.kinds import SqlType
from roarbase.query.sql.later.bulk.json_values import JsonNumber, json_text, value_of_json
from roarbase.query.sql.later.bulk.mapping import OutOfRange, refusal
from roarbase.query.sql.later.bulk.texts import in_range
from roarbase.query.sql.later.tree import TIMESTAMP

__all__ = ["is_moment", "ns_of", "read_singly"]

_NS_PLACES = 9
_DAY_NS = 86_400 * 10**9
_UNITS_NS = {"ns": 1, "us": 10**3, "ms": 10**6, "s": 10**9}


def is_moment(kind: Any) -> bool:
    """Whether values of an Arrow type are days or moments."""
    return bool(pt.is_timestamp(kind) or pt.is_date(kind))


def ns_of(kind: Any) -> int:
    """How many nanoseconds each of the days or moments of an Arrow type counts."""
    return _DAY_NS if pt.is_date32(kind) else _UNITS_NS["ms" if pt.is_date64(kind) else kind.unit]


def read_singly(column: Any, kind: SqlType) -> list[Any]:
    """The values of a column as those of a type; None where there is none.

    Raises:
        BadRequest: One is none of the type; it tells which.
    """
    found: list[Any] = []
    for row, cell in enumerate(_cells(column), 1):
        try:
            value = _json_of(cell)
            found.append(None if value is None else value_of_json(value, kind))
        except ValueError as error:
            raise refusal(_told(cell), kind, row, error) from None
    return found


def _cells(column: Any) -> Iterable[Any]:
    """Values of Python's types; of Arrow's, at a third of the pace, where Python lacks some: years beyond 9999."""
    if pt.is_timestamp(column.type):
        return column  # type: ignore[no-any-return]
    try:
        return column.to_pylist()  # type: ignore[no-any-return]
    except (ValueError, OverflowError, RecursionError):
        return column  # type: ignore[no-any-return]


def _json_of(cell: Any) -> Any:
    """A value in the forms of JSON. Raises ValueError if it has none."""
    if isinstance(cell, pa.Scalar):
        return _json_of_scalar(cell)
    if cell is None or isinstance(cell, bool | str):
        return cell
    if isinstance(cell, int | float):
        return JsonNumber(cell)
    if isinstance(cell, Decimal):
        return JsonNumber(f"{cell:f}")
    if isinstance(cell, list | tuple):
        return [*map(_json_of, cell)]
    if isinstance(cell, dict):
        return {key: _json_of(member) for key, member in cell.items()}
    return _text_of(cell)


def _text_of(cell: Any) -> str:
    if isinstance(cell, bytes):
        return cell.decode()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, UUID):
        return str(cell)
    raise ValueError


def _json_of_scalar(cell: Any) -> Any:
    if not cell.is_valid:
        return None
    if pt.is_timestamp(cell.type):
        return timestamp_text(in_range(cell.value * ns_of(cell.type), TIMESTAMP), _NS_PLACES)
    try:
        return _json_of(cell.as_py())
    except OverflowError:
        raise OutOfRange from None
    except RecursionError:
        raise ValueError from None


def _told(cell: Any) -> str:
    """A value as an error tells it."""
    try:
        value = _json_of(cell)
    except ValueError:
        return _told_otherwise(cell)
    return value if isinstance(value, str) else json_text(value)


def _told_otherwise(cell: Any) -> str:
    """The same where JSON has no form for it."""
    if isinstance(cell, pa.BinaryScalar):
        cell = cell.as_buffer().to_pybytes()
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "backslashreplace")
    if isinstance(cell, pa.Scalar):
        return f"{cell.value} ({cell.type})" if is_moment(cell.type) else str(cell.type)
    return str(cell)
