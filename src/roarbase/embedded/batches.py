"""From named columns to a batch of the engine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from roarbase.embedded.converters.registry import CONVERTERS
from roarbase.embedded.converters.rows import checked_ids
from roarbase.embedded.converters.times import record_times
from roarbase.embedded.place import Place
from roarbase.embedded.reading import read_column
from roarbase.embedded.values import Integers, Nulls, Texts, Values, are_values
from roarbase.errors import InvalidParameter, MissingParameter
from roarbase.model.batch import Batch, Column, SetColumn
from roarbase.model.fields import FieldType, TableSpec

__all__ = ["Columns", "Roles", "Stream", "batch_of", "check_names"]

Columns = Mapping[str, Any]
"""Columns by name: lists, numpy arrays, Arrow arrays."""


class Stream(NamedTuple):
    """Columns of any length: their names, and pieces of them, read when they are asked for."""

    names: list[str]
    pieces: Iterator[Columns]


class Roles(NamedTuple):
    """The columns that are not only a field's.

    Attributes:
        id: Names the records; it is no field's at all.
        time: Says when they got the rows of time fields. None: nothing does.
    """

    id: str
    time: str | None = None


def check_names(table: TableSpec, names: Sequence[str], roles: Roles) -> None:
    """Raise unless each column has a role or is a field of the table.

    Raises:
        MissingParameter: No column names the records, or the one with their times is missing.
        InvalidParameter: The table has no such field.
    """
    there = ", ".join(map(repr, names)) or "none"
    if roles.id not in names:
        raise MissingParameter(
            f"no column {roles.id!r} says which records these are; the columns are {there}. "
            "Another one is named with id=",
            column=roles.id,
        )
    if roles.time is not None and roles.time not in names:
        raise MissingParameter(
            f"no column {roles.time!r} says when this was; the columns are {there}", column=roles.time
        )
    for name in names:
        if name not in (*roles, *table.fields):
            fields = ", ".join(map(repr, table.fields)) or "none"
            raise InvalidParameter(
                f"table {table.name!r} has no field {name!r}; its fields are {fields}", column=name, table=table.name
            )


def batch_of(table: TableSpec, columns: Columns, roles: Roles, first_row: int = 0) -> Batch | None:
    """The batch that writes these columns; None if they have no rows.

    Args:
        first_row: What the first row is called in errors.

    Raises:
        MissingParameter: No column names the records.
        InvalidParameter: The table has no such field, or a value is not one that its field takes.
    """
    check_names(table, [*columns], roles)
    names = read_column(columns[roles.id], None, Place(roles.id, first_row))
    written = _written(table, columns, roles, first_row, len(names))
    if not len(names):
        return None
    found = _record_names(names, Place(roles.id, first_row))
    if isinstance(found, list):
        return Batch(table=table.id, columns=tuple(written), keys=found)
    return Batch(table=table.id, columns=tuple(written), ids=found)


def _written(table: TableSpec, columns: Columns, roles: Roles, first_row: int, count: int) -> list[Column]:
    """What is written to each field."""
    written: list[Column] = []
    times: NDArray[np.int64] | None = None
    for name, column in columns.items():
        spec, place = table.fields.get(name), Place(name, first_row)
        if name == roles.id:
            continue
        values = read_column(column, spec, place)
        if len(values) != count:
            raise place.refused(f"it has {len(values)} values, and column {roles.id!r} has {count}")
        if name == roles.time:
            times = record_times(values, place)
        if spec is not None:
            written.append(CONVERTERS[spec.type](values, spec, place))
    return [_timed(table, column, times) for column in written]


def _timed(table: TableSpec, column: Column, times: NDArray[np.int64] | None) -> Column:
    if isinstance(column, SetColumn) and table.fields[column.field].type is FieldType.TIME:
        return replace(column, times=times)
    return column


def _record_names(values: Values, place: Place) -> NDArray[np.uint64] | list[str]:
    """The ids or the keys of records: every record has one."""
    are_there = are_values(values)
    if not are_there.all():
        raise place.wrong(int(np.argmin(are_there)), "null; every record needs its id or key")
    match values:
        case Integers() | Nulls():
            return checked_ids(values, place).astype(np.uint64)
        case Texts():
            keys = [values.keys[code] for code in values.codes.tolist()]
            if "" in keys:
                raise place.wrong(keys.index(""), "the key of a record may not be empty")
            return keys
    raise place.refused(f"it has {values.kind}; records have whole numbers as ids, or strings as keys")
