"""Rows: ids of an unkeyed field, strings of a keyed one."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.embedded.place import Place
from roarbase.embedded.values import Integers, Nulls, Texts, Values, describe
from roarbase.model.batch import KeyedRows
from roarbase.model.fields import MAXIMUM_ID, FieldSpec

__all__ = ["checked_ids", "keyed_rows", "rows_of"]

_RESERVED = np.uint64(MAXIMUM_ID + 1)

_Whole = NDArray[np.integer[Any]]


def rows_of(values: Values, spec: FieldSpec, place: Place) -> _Whole | KeyedRows:
    """The rows that values name; where a value is null, an entry without meaning.

    Raises:
        InvalidParameter: They are not of the field's kind.
    """
    if spec.is_keyed:
        if isinstance(values, Texts | Nulls):
            return keyed_rows(values)
    elif isinstance(values, Integers | Nulls):
        return checked_ids(values, place)
    kind, takes = ("keyed", "strings") if spec.is_keyed else ("unkeyed", f"ids from 0 to {MAXIMUM_ID}")
    raise place.refused(f"it has {values.kind}; the {kind} {spec.type} field {spec.name!r} takes {takes}")


def keyed_rows(values: Texts | Nulls) -> KeyedRows:
    """Strings as the engine takes them; where a value is null, an entry without meaning."""
    if isinstance(values, Nulls):
        return KeyedRows(keys=(), codes=np.zeros(len(values), np.int8))
    return KeyedRows(keys=values.keys, codes=values.codes)


def checked_ids(values: Integers | Nulls, place: Place) -> _Whole:
    """Whole numbers as ids, in the type in which they came; 0 where a value is null.

    Raises:
        InvalidParameter: One of them is none.
    """
    if isinstance(values, Nulls):
        return np.zeros(len(values), np.uint8)
    numbers = values.values if values.is_null is None else np.where(values.is_null, 0, values.values)
    if numbers.dtype.kind == "u" and numbers.itemsize < _RESERVED.itemsize:
        return numbers
    are_ids = numbers >= 0 if numbers.dtype.kind == "i" else numbers != _RESERVED
    if not are_ids.all():
        row = int(np.argmin(are_ids))
        raise place.wrong(row, f"{describe(values, row)} is no id; ids are whole numbers from 0 to {MAXIMUM_ID}")
    return numbers
