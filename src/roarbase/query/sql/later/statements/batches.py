"""Values of columns as a batch for the engine.

null clears a single value, and leaves a set as it is; an empty set leaves it, too.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from roarbase.model.batch import (
    CLEARED,
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
from roarbase.query.sql.later.columns.texts import Texts
from roarbase.query.sql.later.columns.values import Cells, Sets, Values

__all__ = ["batch_of"]

_Whole = TypeVar("_Whole", np.int64, np.uint64)
_HALF = 32
"""Bits of a record, and of a member, where both fit in one number."""


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
    states = np.full(len(values), VALUE, np.uint8)
    if values.are_there is not None:
        states[~values.are_there] = CLEARED
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
    if isinstance(sets.members, list | Texts):
        keyed = _keyed(sets.members)
        offsets, codes = _each_once(sets.offsets, keyed.codes.astype(np.int64, copy=False))
        rows: KeyedRows | NDArray[np.uint64] = KeyedRows(keys=keyed.keys, codes=codes)
    else:
        offsets, rows = _each_once(sets.offsets, _numbers(sets.members, np.uint64))
    return SetColumn(field=spec.name, offsets=offsets, rows=rows, times=sets.seconds)


def _each_once(offsets: NDArray[np.int64], members: NDArray[_Whole]) -> tuple[NDArray[np.int64], NDArray[_Whole]]:
    """Sets with each of their members once."""
    owners = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    if not len(members):
        return offsets, members
    distinct: NDArray[_Whole] | None = None
    codes: NDArray[Any] = members
    if int(members.max()) >> (_HALF - 1):
        distinct, codes = np.unique(members, return_inverse=True)
    pairs = np.sort(owners << _HALF | codes.astype(np.int64))
    is_first = np.concatenate([[True], pairs[1:] != pairs[:-1]])
    if is_first.all():
        return offsets, members
    pairs = pairs[is_first]
    sizes = np.bincount(pairs >> _HALF, minlength=len(offsets) - 1)
    kept = pairs & ((1 << _HALF) - 1)
    once = kept.astype(members.dtype) if distinct is None else distinct[kept]
    return np.concatenate([[0], np.cumsum(sizes)]), once
