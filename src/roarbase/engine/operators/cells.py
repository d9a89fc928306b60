"""Values of records, gathered as arrays under the lock, made to Python objects without it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask, squeeze
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.operators.scan import Scan
from roarbase.engine.tables.fields import Field, NumberField, RowField
from roarbase.model.results import DataType, ResultColumn

__all__ = ["gathered_column", "gathered_names", "typed_column"]

_SET_TYPES = {DataType.UINT64: DataType.UINT64_SET, DataType.STRING: DataType.STRING_SET}


def typed_column(field: Field, cells: list[Any] | tuple[()] = ()) -> ResultColumn:
    """A column of single values (numbers, or rows each on its own) of a field."""
    return ResultColumn(name=field.spec.name, type=field.type, cells=cells, scale=field.spec.places)


def gathered_names(scan: Scan, positions: Int64s) -> Callable[[], list[int] | list[str]]:
    """The ids or keys of the records at these positions."""
    records = scan.table.records
    return list if records is None else records.gather(positions)


def gathered_column(field: Field, positions: Int64s) -> Callable[[], ResultColumn]:
    """The values of these records, one cell each; None for none, tuples for sets."""
    if isinstance(field, NumberField):
        values, held = field.column.values_at(positions)
        return lambda: typed_column(field, _number_cells(values, held))
    if isinstance(field.column, SetColumn):
        indexes, codes = field.column.any_members(positions)
        kind = _SET_TYPES[field.type]
        return lambda: ResultColumn(
            name=field.spec.name, type=kind, cells=_set_cells(field, indexes, codes, len(positions))
        )
    indexes, codes = field.column.members(positions)
    return lambda: typed_column(field, _code_cells(field, indexes, codes, len(positions)))


def _number_cells(values: Int64s, held: Mask) -> list[Any]:
    cells: list[Any] = values.tolist()
    for place in np.flatnonzero(~held).tolist():
        cells[place] = None
    return cells


def _code_cells(field: RowField, indexes: Int64s, codes: Int64s, count: int) -> list[Any]:
    names = field.cells(codes)
    if len(names) == count:
        return names
    cells: list[Any] = [None] * count
    for place, name in zip(indexes.tolist(), names, strict=True):
        cells[place] = name
    return cells


def _set_cells(field: RowField, indexes: Int64s, codes: Int64s, count: int) -> list[tuple[Any, ...] | None]:
    """One tuple of rows per record, in row order, of pairs in any order.

    Each row is named once. Numbers made of index and rank are sorted as they are, which takes a
    thirtieth of the time of sorting by two keys.
    """
    distinct, places = squeeze(codes)
    order = np.argsort(field.names.row_ids(distinct))
    ranks = np.empty(len(distinct), np.int64)
    ranks[order] = np.arange(len(distinct))
    names = np.empty(len(distinct), np.object_)
    names[:] = field.names.names(distinct[order])
    rank_bits = len(distinct).bit_length()
    numbers = np.sort((indexes << rank_bits) | ranks[places])
    members: list[Any] = names[numbers & ((1 << rank_bits) - 1)].tolist()
    stops = np.cumsum(np.bincount(indexes, minlength=count)).tolist()
    starts = [0, *stops[:-1]]
    return [tuple(members[start:stop]) or None for start, stop in zip(starts, stops, strict=True)] if count else []
