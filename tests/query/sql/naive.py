"""SQL's conditions over records in plain Python: the model that plans are compared with.

A record is a dict of field to value: a number in units of its field, a string, a bool, a tuple
of members for a set, and no entry where it is null.
"""

from collections.abc import Iterable
from fractions import Fraction

from roarbase.engine.plan import (
    All,
    Bitmap,
    Difference,
    IdRange,
    Intersect,
    Nothing,
    NotNull,
    NumberIn,
    NumberRange,
    RecordSet,
    RowIs,
    RowsIn,
    RowsLike,
    Union,
)
from roarbase.query.sql.truth import is_like

__all__ = ["Record", "compared", "negated", "records_of"]

Record = dict[str, object]


def negated(truth: bool | None) -> bool | None:
    """NOT of SQL: of unknown, unknown."""
    return None if truth is None else not truth


def compared(left: Fraction | None, operator: str, right: Fraction | None) -> bool | None:
    """A comparison of SQL: with null, unknown."""
    if left is None or right is None:
        return None
    return {
        "=": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }[operator]


def records_of(bitmap: Bitmap, records: dict[int, Record]) -> set[int]:
    """The records of a bitmap, one node at a time."""
    if isinstance(bitmap, Union):
        return set().union(*(records_of(i, records) for i in bitmap.inputs))
    if isinstance(bitmap, Intersect):
        return set.intersection(*(records_of(i, records) for i in bitmap.inputs))
    if isinstance(bitmap, Difference):
        first, *others = (records_of(i, records) for i in bitmap.inputs)
        return first.difference(*others)
    return {id_ for id_, record in records.items() if _is_in(bitmap, id_, record)}


def _is_in(leaf: Bitmap, id_: int, record: Record) -> bool:
    match leaf:
        case All():
            return True
        case Nothing():
            return False
        case RecordSet(names):
            return id_ in names
        case IdRange(low, high):
            return (low is None or id_ >= low) and (high is None or id_ <= high)
        case NotNull(field):
            return record.get(field) not in (None, ())
        case NumberIn(field, values):
            return record.get(field) in values
        case NumberRange(field, low, high):
            value = record.get(field)
            return isinstance(value, int) and (low is None or value >= low) and (high is None or value <= high)
        case RowIs(field, row):
            return row in _rows(record, field)
        case RowsIn(field, rows):
            return any(row in _rows(record, field) for row in rows)
        case RowsLike(field, pattern):
            return any(isinstance(row, str) and is_like(row, pattern) for row in _rows(record, field))
    raise AssertionError(leaf)


def _rows(record: Record, field: str) -> Iterable[object]:
    value = record.get(field)
    return value if isinstance(value, tuple) else () if value is None else (value,)
