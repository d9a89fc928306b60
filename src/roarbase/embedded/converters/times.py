"""When records got their rows, for time fields: moments, or whole numbers as seconds since 1970."""

import numpy as np
from numpy.typing import NDArray

from roarbase.embedded.converters.scaling import floored
from roarbase.embedded.place import Place
from roarbase.embedded.values import Integers, Moments, Nulls, Values, are_values, describe
from roarbase.model.batch import NO_TIME
from roarbase.model.timestamps import EARLIEST_SECONDS, LATEST_SECONDS

__all__ = ["record_times"]


def record_times(values: Values, place: Place) -> NDArray[np.int64]:
    """Seconds since 1970; NO_TIME where there is null.

    Raises:
        InvalidParameter: A value is no moment of the years 1 to 9999.
    """
    match values:
        case Nulls():
            return np.full(len(values), NO_TIME, np.int64)
        case Integers():
            seconds = values.values
        case Moments():
            seconds = floored(values.values, values.places).numbers
        case _:
            raise place.refused(f"it has {values.kind}; times are timestamps, dates or whole seconds since 1970")
    are_there = are_values(values)
    are_right = (seconds >= EARLIEST_SECONDS) & (seconds <= LATEST_SECONDS) | ~are_there
    if not are_right.all():
        row = int(np.argmin(are_right))
        raise place.wrong(row, f"{describe(values, row)} is no time: times are of the years 1 to 9999")
    return np.where(are_there, seconds, np.int64(NO_TIME))
