"""A column as values, whatever it comes as."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from roarbase.embedded.heavy import arrow_module, is_arrow
from roarbase.embedded.place import Place
from roarbase.embedded.python_lists import list_values
from roarbase.embedded.python_values import array_values
from roarbase.embedded.values import Values
from roarbase.model.fields import FieldSpec

__all__ = ["read_column"]


def read_column(column: Any, spec: FieldSpec | None, place: Place) -> Values:
    """The values of a list, a numpy array or Arrow data.

    Args:
        spec: The field they are for, if any.

    Raises:
        InvalidParameter: It is nothing of these, or holds what no field takes.
    """
    if is_arrow(column):
        values: Values = arrow_module("arrow_values").column_values(column, place)
        return values
    if isinstance(column, np.ndarray) or (hasattr(column, "__array__") and not np.isscalar(column)):
        return array_values(np.asanyarray(column), spec, place)
    if isinstance(column, Sequence) and not isinstance(column, str | bytes):
        return list_values(column, spec, place)
    raise place.refused(f"it is a {type(column).__name__}; a column is a list, a numpy array or Arrow data")
