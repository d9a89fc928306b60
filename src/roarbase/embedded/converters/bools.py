"""`bool`: true and false."""

import numpy as np

from roarbase.embedded.converters.numbers import states_of
from roarbase.embedded.place import Place
from roarbase.embedded.values import Booleans, Nulls, Values, are_values
from roarbase.model.batch import Column, NumberColumn
from roarbase.model.fields import FieldSpec

__all__ = ["bool_column"]


def bool_column(values: Values, spec: FieldSpec, place: Place) -> Column:
    """The column of a bool field.

    Raises:
        InvalidParameter: A value is neither true nor false.
    """
    if not isinstance(values, Booleans | Nulls):
        raise place.refused(f"it has {values.kind}; a bool field takes True and False")
    numbers = values.values.astype(np.int64) if isinstance(values, Booleans) else np.zeros(len(values), np.int64)
    return NumberColumn(field=spec.name, states=states_of(are_values(values)), values=numbers)
