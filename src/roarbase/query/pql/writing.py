"""What Set and Clear write: one record and one value of a field, as a batch for the engine."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from roarbase.model.batch import (
    CLEARED,
    REMOVED,
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
from roarbase.model.number_bounds import number_bounds
from roarbase.query.pql.conditions import number_of, record_name, row_name
from roarbase.query.pql.frame import Given
from roarbase.query.pql.tree import Argument
from roarbase.query.program import ChangeData

__all__ = ["clears_value", "sets_value", "value_argument"]

_OFFSETS = np.array([0, 1], np.int64)
_NOTHING = KeyedRows(keys=("",), codes=np.zeros(1, np.int64))


@dataclass(frozen=True, slots=True)
class _Value:
    """One value of one field, and what becomes of it."""

    given: Given
    argument: Argument
    spec: FieldSpec
    state: int


def sets_value(given: Given, second: int | None) -> ChangeData:
    """The step that gives a record a value; of a time field at a time, in seconds since 1970."""
    argument, spec = value_argument(given)
    column = _column(_Value(given, argument, spec, VALUE), second)
    return _of_record(given, column, makes_records=True)


def clears_value(given: Given) -> ChangeData:
    """The step that takes a value from a record. A number goes whichever is given."""
    argument, spec = value_argument(given)
    is_number = spec.type.is_number
    if is_number and argument.value is not None and not spec.is_reference:
        number_of(given, argument, spec, argument.value)
    column = _column(_Value(given, argument, spec, CLEARED if is_number else REMOVED), None)
    return _of_record(given, column, makes_records=False)


def value_argument(given: Given) -> tuple[Argument, FieldSpec]:
    """The argument `field = value` of a call that writes, and the field.

    Raises:
        StatementError: It compares, or there is no such field.
    """
    argument = given.condition()
    if argument.operator != "=":
        message = f"{given.name} takes a field with its value, {argument.name} = value; found {argument.operator}"
        raise given.error(message, argument)
    return argument, given.scope.get_field(argument.name, argument.position)


def _of_record(given: Given, column: Column, *, makes_records: bool) -> ChangeData:
    table, argument = given.scope.table, given.argument("_col")
    record = record_name(given, argument, argument.value)
    if isinstance(record, str):
        batch = Batch(table=table.id, columns=(column,), keys=[record], makes_records=makes_records)
    else:
        ids = np.array([record], np.uint64)
        batch = Batch(table=table.id, columns=(column,), ids=ids, makes_records=makes_records)
    return ChangeData(table=table, change=batch)


# ---- columns -------------------------------------------------------------------------------


def _column(value: _Value, second: int | None) -> Column:
    spec = value.spec
    states = np.array([value.state], np.uint8)
    if spec.is_reference:
        rows = _NOTHING if value.state == CLEARED else _rows(value)
        assert isinstance(rows, KeyedRows)
        return ReferenceColumn(field=spec.name, states=states, rows=rows)
    if spec.type is FieldType.MUTEX:
        return MutexColumn(field=spec.name, states=states, rows=_rows(value))
    if spec.type.is_multivalued:
        times = None if second is None or spec.type is not FieldType.TIME else np.array([second], np.int64)
        return SetColumn(field=spec.name, offsets=_OFFSETS, rows=_rows(value), times=times, states=states)
    number = 0 if value.state == CLEARED else _number(value)
    return NumberColumn(field=spec.name, states=states, values=np.array([number], np.int64))


def _rows(value: _Value) -> NDArray[np.uint64] | KeyedRows:
    row = row_name(value.given, value.argument, value.spec, value.argument.value)
    if isinstance(row, str):
        return KeyedRows(keys=(row,), codes=np.zeros(1, np.int64))
    return np.array([row], np.uint64)


def _number(value: _Value) -> int:
    given, argument, spec = value.given, value.argument, value.spec
    if spec.type is FieldType.BOOL:
        return int(row_name(given, argument, spec, argument.value))
    number = number_of(given, argument, spec, argument.value)
    low, high = number_bounds(spec)
    if not low <= number <= high:
        raise _outside(value, is_low=number < low)
    return number


def _outside(value: _Value, *, is_low: bool) -> Exception:
    given, argument, spec = value.given, value.argument, value.spec
    if spec.type is FieldType.INT:
        low, high = number_bounds(spec)
        message = f"value too {'low' if is_low else 'high'} for configured field range, {low} to {high}"
    else:
        message = f"{spec.type} value out of range"
    return given.error(f"{given.name}: {argument.name}: {message}; found {argument.value}", argument)
