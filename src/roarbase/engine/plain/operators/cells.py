"""Gathered values as Python objects: the cells of a result."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.plain.arrays import Int64s, squeeze
from roarbase.engine.plain.columns.pairs import PairColumn
from roarbase.engine.plain.field import Field, RowField
from roarbase.engine.plain.operators.gathering import Gathered
from roarbase.model.results import DataType, ResultColumn

__all__ = ["extracted_column", "name_cells", "typed_column"]

_SET_TYPES = {DataType.UINT64: DataType.UINT64_SET, DataType.STRING: DataType.STRING_SET}


def typed_column(field: Field, cells: list[Any] | tuple[()] = ()) -> ResultColumn:
    """A column of single values (numbers, or rows each on its own) of a field."""
    return ResultColumn(name=field.spec.name, type=field.type, cells=cells, scale=field.spec.places)


def extracted_column(gathered: Gathered) -> ResultColumn:
    """The values of the records, one cell each; None for none, tuples for sets."""
    field = gathered.field
    if isinstance(field.column, PairColumn):
        assert isinstance(field, RowField)
        cells = _set_cells(field, gathered)
        return ResultColumn(name=field.spec.name, type=_SET_TYPES[field.type], cells=cells)
    return typed_column(field, _single_cells(gathered))


def name_cells(field: RowField, codes: Int64s) -> list[Any]:
    """What callers name these rows; each row is translated once."""
    distinct, places = squeeze(codes)
    cells: list[Any] = _objects([*field.names.names(distinct)])[places].tolist()
    return cells


def _single_cells(gathered: Gathered) -> list[Any]:
    field, members = gathered.field, gathered.members
    given = name_cells(field, members) if isinstance(field, RowField) else members.tolist()
    if len(given) == gathered.count:
        return given
    cells: list[Any] = [None] * gathered.count
    for place, cell in zip(gathered.indexes.tolist(), given, strict=True):
        cells[place] = cell
    return cells


def _set_cells(field: RowField, gathered: Gathered) -> list[tuple[Any, ...] | None]:
    order = np.lexsort((field.names.row_ids(gathered.members), gathered.indexes))
    names = name_cells(field, gathered.members[order])
    counts = np.bincount(gathered.indexes, minlength=gathered.count)
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
