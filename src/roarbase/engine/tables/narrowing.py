"""A batch without the records that a table does not know."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, ranges
from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.tables.table import Table
from roarbase.model.batch import Batch, Column, KeyedRows, MutexColumn, NumberColumn, ReferenceColumn, SetColumn

__all__ = ["known_only"]

_Whole = NDArray[np.integer[Any]]


def known_only(table: Table, batch: Batch) -> Batch:
    """The records of a batch that have a position, with their values."""
    is_known = _known(table, batch)
    if is_known.all():
        return batch
    places = np.flatnonzero(is_known)
    return replace(
        batch,
        ids=None if batch.ids is None else batch.ids[places],
        keys=None if batch.keys is None else [batch.keys[place] for place in places.tolist()],
        columns=tuple(_narrowed(column, places) for column in batch.columns),
    )


def _known(table: Table, batch: Batch) -> Mask:
    records = table.records
    if records is None:
        return np.zeros(len(batch), np.bool_)
    if isinstance(records, RecordIds):
        assert batch.ids is not None
        return records.find(batch.ids) >= 0
    assert batch.keys is not None
    return records.find(batch.keys) >= 0


def _narrowed(column: Column, places: Int64s) -> Column:
    match column:
        case NumberColumn():
            return replace(column, states=_at(column.states, places), values=column.values[places])
        case MutexColumn():
            return replace(column, states=_at(column.states, places), rows=_taken(column.rows, places))
        case ReferenceColumn():
            return replace(column, states=_at(column.states, places), rows=_chosen(column.rows, places))
        case SetColumn():
            lengths = np.diff(column.offsets)[places]
            return replace(
                column,
                offsets=np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths))),
                rows=_taken(column.rows, ranges(column.offsets[places], lengths)),
                times=None if column.times is None else column.times[places],
                states=_at(column.states, places),
            )


def _at(states: NDArray[np.uint8] | None, places: Int64s) -> NDArray[np.uint8] | None:
    return None if states is None else states[places]


def _taken(rows: _Whole | KeyedRows, places: Int64s) -> _Whole | KeyedRows:
    return _chosen(rows, places) if isinstance(rows, KeyedRows) else rows[places]


def _chosen(rows: KeyedRows, places: Int64s) -> KeyedRows:
    return replace(rows, codes=rows.codes[places])
