"""Values of columns as a batch for the engine.

null clears a single value, and leaves a set as it is; an empty set leaves it, too.
"""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from roarbase.model.batch import (
    Batch,
    Column,
    KeyedRows,
    MutexColumn,
    NumberColumn,
    ReferenceColumn,
    SetColumn,
    states_of,
)
from roarbase.model.fields import FieldSpec, FieldType, TableSpec
from roarbase.query.sql.later.columns.texts import Texts
from roarbase.query.sql.later.columns.values import Cells, Sets, Values

__all__ = ["batch_of"]

_Whole = TypeVar("_Whole", np.int64, np.uint64)


def batch_of(table: TableSpec, records: Values, columns: Sequence[tuple[FieldSpec, Values]]) -> Batch:
    """The batch that writes these values.

    Args:
        records: Ids, or keys.
        columns: Of each field its values, one per record, as the field keeps them.
    """
    made = tuple(_column(spec, values) for spec, values in columns)
    if isinstance(records.cells, list | Texts):
        return Batch(table=table.id, columns=made, keys=records.objects())
    return Batch(table=table.id, columns=made, ids=_numbers(records.cells, np.uint64))


def _column(spec: FieldSpec, values: Values) -> Column:
    if isinstance(values.cells, Sets):
        return _set_column(spec, values.cells)
    states = states_of(values.are_there)
    if isinstance(values.cells, list | Texts):
        rows = _keyed(values.cells)
        if spec.is_reference:
            return ReferenceColumn(field=spec.name, states=states, rows=rows)
        return MutexColumn(field=spec.name, states=states, rows=rows)
    if spec.type is FieldType.MUTEX:
        return MutexColumn(field=spec.name, states=states, rows=_numbers(values.cells, np.uint64))
    return NumberColumn(field=spec.name, states=states, values=_numbers(values.cells, np.int64))


def _numbers(cells: Cells, kind: type[_Whole]) -> NDArray[_Whole]:
    assert isinstance(cells, np.ndarray)
    return cells.astype(kind, copy=False)


def _keyed(values: Sequence[str] | Texts) -> KeyedRows:
    if isinstance(values, Texts):
        return values.distinct()
    numbers = {key: number for number, key in enumerate(dict.fromkeys(values))}
    return KeyedRows(keys=[*numbers], codes=np.array([*map(numbers.__getitem__, values)], np.int64))


def _set_column(spec: FieldSpec, sets: Sets) -> SetColumn:
    members = sets.members
    rows = _keyed(members) if isinstance(members, list | Texts) else _numbers(members, np.uint64)
    return SetColumn(field=spec.name, offsets=sets.offsets, rows=rows, times=sets.seconds)
