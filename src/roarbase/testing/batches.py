"""Batches from records written down plainly, for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from roarbase.model.batch import (
    CLEARED,
    NO_TIME,
    REMOVED,
    REPLACED,
    UNTOUCHED,
    VALUE,
    Batch,
    Column,
    KeyedRows,
    MutexColumn,
    NumberColumn,
    ReferenceColumn,
    SetColumn,
)
from roarbase.model.fields import FieldSpec, FieldType

__all__ = ["At", "RecordName", "Removed", "Replaced", "Write", "batch_of", "rows_in"]

RecordName = Any
"""An id or a key."""

Write = tuple[RecordName, Mapping[str, Any]]
"""A record and its values by field: absent leaves alone, None clears; a list of rows for set and time fields to
add, and At where a time field gets them at a moment; Removed and Replaced."""


@dataclass(frozen=True)
class At:
    """Rows that a record got at a moment, in seconds since 1970."""

    second: int
    rows: Sequence[Any]


@dataclass(frozen=True)
class Removed:
    """The value to take away if it is there; of set and time fields, a list of rows."""

    value: Any


@dataclass(frozen=True)
class Replaced:
    """The rows of a set or time field, instead of those there are: a list, or At."""

    value: Any


_STATES = {Removed: REMOVED, Replaced: REPLACED, type(None): CLEARED}


def rows_in(value: Any) -> list[Any]:
    """The rows that a written value of a set or time field names."""
    if isinstance(value, Removed | Replaced):
        value = value.value
    return [*((value.rows if isinstance(value, At) else value) or ())]


def batch_of(
    table: str, specs: Sequence[FieldSpec], writes: Sequence[Write], *, is_keyed: bool, makes_records: bool = True
) -> Batch:
    """The batch that does these writes; only fields that some write names get a column.

    >>> len(batch_of("t", [], [(7, {}), (8, {})], is_keyed=False))
    2
    """
    named = {name for _, values in writes for name in values}
    columns = tuple(_column(spec, [values for _, values in writes]) for spec in specs if spec.name in named)
    names = [name for name, _ in writes]
    if is_keyed:
        return Batch(table=table, columns=columns, keys=names, makes_records=makes_records)
    return Batch(table=table, columns=columns, ids=np.array(names, np.uint64), makes_records=makes_records)


def _column(spec: FieldSpec, records: Sequence[Mapping[str, Any]]) -> Column:
    values = [record.get(spec.name) for record in records]
    states = np.array([_state(spec.name, record) for record in records], np.uint8)
    if spec.type.is_multivalued:
        times = [_second(value) for value in values]
        lists = [rows_in(value) for value in values]
        return SetColumn(
            field=spec.name,
            offsets=np.cumsum([0, *map(len, lists)]),
            rows=_rows(spec, [row for rows in lists for row in rows]),
            times=np.array(times, np.int64) if set(times) > {NO_TIME} or NO_TIME not in times else None,
            states=None if set(states.tolist()) <= {UNTOUCHED, VALUE} else states,
        )
    values = [value.value if isinstance(value, Removed) else value for value in values]
    if spec.type is FieldType.MUTEX:
        return MutexColumn(field=spec.name, states=states, rows=_rows(spec, values))
    if spec.is_reference:
        return ReferenceColumn(field=spec.name, states=states, rows=_keyed(values))
    numbers = np.array([0 if value is None else int(value) for value in values], np.int64)
    return NumberColumn(field=spec.name, states=states, values=numbers)


def _state(name: str, record: Mapping[str, Any]) -> int:
    return _STATES.get(type(record[name]), VALUE) if name in record else UNTOUCHED


def _second(value: Any) -> int:
    given = value.value if isinstance(value, Replaced) else value
    return given.second if isinstance(given, At) else NO_TIME


def _rows(spec: FieldSpec, rows: Sequence[Any]) -> Any:
    if not spec.is_keyed:
        return np.array([row or 0 for row in rows], np.uint64)
    return _keyed(rows)


def _keyed(rows: Sequence[Any]) -> KeyedRows:
    keys = sorted({row for row in rows if row is not None})
    # None, where the entry is to be ignored, gets a code that means nothing.
    return KeyedRows(keys=keys, codes=np.array([-1 if row is None else keys.index(row) for row in rows], np.int64))
