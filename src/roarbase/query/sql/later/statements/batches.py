"""Values of columns as a batch for the engine.

null clears a single value, and leaves a set as it is; an empty set leaves it, too.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.model.batch import (
    CLEARED,
    NO_TIME,
    VALUE,
    Batch,
    Column,
    KeyedRows,
    MutexColumn,
    NumberColumn,
    ReferenceColumn,
    SetColumn,
)
from roarbase.model.fields import FieldSpec, FieldType, TableSpec
from roarbase.query.sql.later.statements.assigning import Stamped

__all__ = ["batch_of"]


def batch_of(table: TableSpec, records: Sequence[Any], columns: Sequence[tuple[FieldSpec, Sequence[Any]]]) -> Batch:
    """The batch that writes these values.

    Args:
        records: Ids, or keys.
        columns: Of each field its values, one per record, as the field keeps them.
    """
    made = tuple(_column(spec, values) for spec, values in columns)
    if table.is_keyed:
        return Batch(table=table.id, columns=made, keys=list(records))
    return Batch(table=table.id, columns=made, ids=np.array(records, np.uint64))


def _column(spec: FieldSpec, values: Sequence[Any]) -> Column:
    if spec.type.is_multivalued:
        return _set_column(spec, values)
    if values.count(None):
        states = np.array([CLEARED if value is None else VALUE for value in values], np.uint8)
        nothing = "" if spec.is_keyed or spec.is_reference else 0  # stands where nothing is read
        values = [nothing if value is None else value for value in values]
    else:
        states = np.full(len(values), VALUE, np.uint8)
    if spec.is_reference:
        return ReferenceColumn(field=spec.name, states=states, rows=_keyed(values))
    if spec.type is FieldType.MUTEX:
        return MutexColumn(field=spec.name, states=states, rows=_rows(spec, values))
    return NumberColumn(field=spec.name, states=states, values=np.array(values, np.int64))


def _rows(spec: FieldSpec, values: Sequence[Any]) -> NDArray[np.uint64] | KeyedRows:
    return _keyed(values) if spec.is_keyed else np.array(values, np.uint64)


def _keyed(values: Sequence[str]) -> KeyedRows:
    numbers = {key: number for number, key in enumerate(dict.fromkeys(values))}
    return KeyedRows(keys=[*numbers], codes=np.array([numbers[key] for key in values], np.int64))


def _set_column(spec: FieldSpec, values: Sequence[Any]) -> SetColumn:
    rows = [value.rows if isinstance(value, Stamped) else value or () for value in values]
    offsets = np.zeros(len(values) + 1, np.int64)
    np.cumsum([len(members) for members in rows], out=offsets[1:])
    members = [member for some in rows for member in some]
    times = None
    if spec.type is FieldType.TIME:
        seconds = [value.second if isinstance(value, Stamped) else None for value in values]
        times = np.array([NO_TIME if second is None else second for second in seconds], np.int64)
    return SetColumn(field=spec.name, offsets=offsets, rows=_rows(spec, members), times=times)
