"""Batches from records written down plainly, for tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from roarbase.model.batch import (
    CLEARED,
    NO_TIME,
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

__all__ = ["At", "RecordName", "Write", "batch_of"]

RecordName = Any
"""An id or a key."""

Write = tuple[RecordName, Mapping[str, Any]]
"""A record and its values by field: absent leaves alone, None clears; a list of rows for set and time fields, and
At where a time field gets them at a moment."""


@dataclass(frozen=True)
class At:
    """Rows that a record got at a moment, in seconds since 1970."""

    second: int
    rows: Sequence[Any]


def batch_of(table: str, specs: Sequence[FieldSpec], writes: Sequence[Write], *, is_keyed: bool) -> Batch:
    """The batch that does these writes; only fields that some write names get a column.

    >>> len(batch_of("t", [], [(7, {}), (8, {})], is_keyed=False))
    2
    """
    named = {name for _, values in writes for name in values}
    columns = tuple(_column(spec, [values for _, values in writes]) for spec in specs if spec.name in named)
    names = [name for name, _ in writes]
    if is_keyed:
        return Batch(table=table, columns=columns, keys=names)
    return Batch(table=table, columns=columns, ids=np.array(names, np.uint64))


def _column(spec: FieldSpec, records: Sequence[Mapping[str, Any]]) -> Column:
    values = [record.get(spec.name) for record in records]
    if spec.type.is_multivalued:
        times = [value.second if isinstance(value, At) else NO_TIME for value in values]
        lists = [[*(value.rows if isinstance(value, At) else value or ())] for value in values]
        return SetColumn(
            field=spec.name,
            offsets=np.cumsum([0, *map(len, lists)]),
            rows=_rows(spec, [row for rows in lists for row in rows]),
            times=np.array(times, np.int64) if set(times) > {NO_TIME} or NO_TIME not in times else None,
        )
    states = np.array([_state(spec.name, record) for record in records], np.uint8)
    if spec.type is FieldType.MUTEX:
        return MutexColumn(field=spec.name, states=states, rows=_rows(spec, values))
    if spec.is_reference:
        return ReferenceColumn(field=spec.name, states=states, rows=_keyed(values))
    numbers = np.array([0 if value is None else int(value) for value in values], np.int64)
    return NumberColumn(field=spec.name, states=states, values=numbers)


def _state(name: str, record: Mapping[str, Any]) -> int:
    if name not in record:
        return UNTOUCHED
    return CLEARED if record[name] is None else VALUE


def _rows(spec: FieldSpec, rows: Sequence[Any]) -> Any:
    if not spec.is_keyed:
        return np.array([row or 0 for row in rows], np.uint64)
    return _keyed(rows)


def _keyed(rows: Sequence[Any]) -> KeyedRows:
    keys = sorted({row for row in rows if row is not None})
    # None, where the entry is to be ignored, gets a code that means nothing.
    return KeyedRows(keys=keys, codes=np.array([-1 if row is None else keys.index(row) for row in rows], np.int64))
