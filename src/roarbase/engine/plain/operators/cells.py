"""Column values as Python objects: the cells of a result."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.plain.arrays import Int64s
from roarbase.engine.plain.columns.codes import CodeColumn
from roarbase.engine.plain.field import Field, NumberField, RowField
from roarbase.model.results import DataType, ResultColumn

__all__ = ["extracted_column", "name_cells", "typed_column"]

_SET_TYPES = {DataType.UINT64: DataType.UINT64_SET, DataType.STRING: DataType.STRING_SET}


def typed_column(field: Field, cells: list[Any] | tuple[()] = ()) -> ResultColumn:
    """A column of single values (numbers, or rows each on its own) of a field."""
    return ResultColumn(name=field.spec.name, type=field.type, cells=cells, scale=field.spec.scale)


def extracted_column(field: Field, positions: Int64s) -> ResultColumn:
    """The values of these records, one cell each; None for none, tuples for sets."""
    if isinstance(field, NumberField):
        return typed_column(field, _number_cells(field, positions))
    if isinstance(field.column, CodeColumn):
        return typed_column(field, _code_cells(field, positions))
    cells = _set_cells(field, positions)
    return ResultColumn(name=field.spec.name, type=_SET_TYPES[field.type], cells=cells)


def name_cells(field: RowField, codes: Int64s) -> list[Any]:
    """What callers name these rows; each row is translated once."""
    distinct, inverse = np.unique(codes, return_inverse=True)
    cells: list[Any] = _objects([*field.names.names(distinct)])[inverse].tolist()
    return cells


def _number_cells(field: NumberField, positions: Int64s) -> list[Any]:
    values, held = field.column.values_at(positions)
    cells: list[Any] = values.tolist()
    for place in np.flatnonzero(~held).tolist():
        cells[place] = None
    return cells


def _code_cells(field: RowField, positions: Int64s) -> list[Any]:
    indexes, codes = field.column.members(positions)
    cells: list[Any] = [None] * len(positions)
    for place, name in zip(indexes.tolist(), name_cells(field, codes), strict=True):
        cells[place] = name
    return cells


def _set_cells(field: RowField, positions: Int64s) -> list[tuple[Any, ...] | None]:
    indexes, codes = field.column.members(positions)
    order = np.lexsort((field.names.row_ids(codes), indexes))
    names = name_cells(field, codes[order])
    counts = np.bincount(indexes, minlength=len(positions))
    cells: list[tuple[Any, ...] | None] = []
    start = 0
    for count in counts.tolist():
        cells.append(tuple(names[start : start + count]) if count else None)
        start += count
    return cells


def _objects(values: list[Any]) -> NDArray[Any]:
    out = np.empty(len(values), object)
    out[:] = values
    return out
