"""The table of converters."""

from collections.abc import Callable

from roarbase.embedded.converters.bools import bool_column
from roarbase.embedded.converters.decimals import decimal_column
from roarbase.embedded.converters.ints import int_column
from roarbase.embedded.converters.mutexes import mutex_column
from roarbase.embedded.converters.sets import set_column
from roarbase.embedded.converters.timestamps import timestamp_column
from roarbase.embedded.place import Place
from roarbase.embedded.values import Values
from roarbase.model.batch import Column
from roarbase.model.fields import FieldSpec, FieldType

__all__ = ["CONVERTERS"]

CONVERTERS: dict[FieldType, Callable[[Values, FieldSpec, Place], Column]] = {
    FieldType.INT: int_column,
    FieldType.DECIMAL: decimal_column,
    FieldType.TIMESTAMP: timestamp_column,
    FieldType.BOOL: bool_column,
    FieldType.MUTEX: mutex_column,
    FieldType.SET: set_column,
    FieldType.TIME: set_column,
}
"""By the field's type. Each raises InvalidParameter, naming column and row, for what the field does not take."""
