"""Values of records, gathered as arrays under the lock, made to Python objects without it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, Mask
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
    indexes, codes = field.column.members(positions)
    if isinstance(field.column, SetColumn):
        kind = _SET_TYPES[field.type]
        return lambda: ResultColumn(
            name=field.spec.name, type=kind, cells=_set_cells(field, indexes, codes, len(positions))
        )
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
    order = np.lexsort((field.names.row_ids(codes), indexes))
    names = field.cells(codes[order])
    stops = np.cumsum(np.bincount(indexes, minlength=count)).tolist()
    starts = [0, *stops[:-1]]
    return [tuple(names[start:stop]) or None for start, stop in zip(starts, stops, strict=True)] if count else []
