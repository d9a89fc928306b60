"""What the fields of numbers have in common: states and bounds."""

import numpy as np
from numpy.typing import NDArray

from roarbase.embedded.place import Place
from roarbase.embedded.values import Mask, Values, are_values, describe
from roarbase.model.batch import CLEARED, VALUE, NumberColumn
from roarbase.model.fields import INT64_MAX, INT64_MIN, FieldSpec, FieldType
from roarbase.model.option_values import shown_bound
from roarbase.model.timestamps import EARLIEST_SECONDS, LATEST_SECONDS, NANOSECOND_BOUND

__all__ = ["bounds", "number_column", "states_of"]


def states_of(are_there: Mask) -> NDArray[np.uint8]:
    """A value where there is one; null clears."""
    return np.where(are_there, np.uint8(VALUE), np.uint8(CLEARED))


def bounds(spec: FieldSpec) -> tuple[int, int]:
    """The lowest and the highest number that a field takes, as it stores them.

    >>> bounds(FieldSpec(name="age", type=FieldType.INT, minimum=0))
    (0, 9223372036854775807)
    """
    low, high = INT64_MIN, INT64_MAX
    if spec.type is FieldType.TIMESTAMP:
        ends = (-NANOSECOND_BOUND, NANOSECOND_BOUND) if spec.unit == "ns" else (EARLIEST_SECONDS, LATEST_SECONDS)
        low, high = (end * 10**spec.places for end in ends)
    return (
        max(low, INT64_MIN if spec.minimum is None else spec.minimum),
        min(high, INT64_MAX if spec.maximum is None else spec.maximum),
    )


def number_column(
    numbers: NDArray[np.int64], fits: Mask, values: Values, spec: FieldSpec, place: Place
) -> NumberColumn:
    """The column of these numbers, as the field stores them.

    Args:
        fits: Which of them are what was meant: the others left the 64 bits on the way.
        values: What they were made of.

    Raises:
        InvalidParameter: One of them is out of the field's bounds.
    """
    are_there = are_values(values)
    low, high = bounds(spec)
    are_right = fits & (numbers >= low) & (numbers <= high) | ~are_there
    if not are_right.all():
        row = int(np.argmin(are_right))
        allowed = f"{shown_bound(low, spec)} to {shown_bound(high, spec)}"
        raise place.wrong(row, f"{describe(values, row)} is out of range: field {spec.name!r} takes {allowed}")
    return NumberColumn(field=spec.name, states=states_of(are_there), values=numbers)
