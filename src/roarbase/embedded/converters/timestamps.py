"""`timestamp`: moments, cut to the field's unit; and whole numbers, as how many units after its epoch."""

import numpy as np
from numpy.typing import NDArray

from roarbase.embedded.converters.numbers import number_column
from roarbase.embedded.converters.scaling import floored, scaled_up
from roarbase.embedded.place import Place
from roarbase.embedded.values import Integers, Mask, Moments, Nulls, Values
from roarbase.model.batch import Column
from roarbase.model.fields import INT64_MAX, INT64_MIN, FieldSpec

__all__ = ["timestamp_column"]


def timestamp_column(values: Values, spec: FieldSpec, place: Place) -> Column:
    """The column of a timestamp field.

    Raises:
        InvalidParameter: A value is no moment, or out of bounds.
    """
    match values:
        case Nulls():
            numbers, fits = scaled_up(np.zeros(len(values), np.int64), 0)
        case Integers():
            numbers, fits = scaled_up(values.values, 0)
            fits &= _is_countable(numbers, spec.epoch_units)
            numbers += spec.epoch_units
        case Moments():
            numbers, fits = scaled_up(values.values, max(spec.places - values.places, 0))
            numbers = floored(numbers, max(values.places - spec.places, 0))
        case _:
            raise place.refused(f"it has {values.kind}; a timestamp field takes timestamps, dates or whole numbers")
    return number_column(numbers, fits, values, spec, place)


def _is_countable(units: NDArray[np.int64], epoch: int) -> Mask:
    """Of which numbers of units after an epoch 64 bits can say how many they are after 1970."""
    countable: Mask = units <= INT64_MAX - epoch if epoch > 0 else units >= INT64_MIN - epoch
    return countable
