"""What the fields of numbers have in common: states and bounds."""

import numpy as np
from numpy.typing import NDArray

from roarbase.embedded.converters.scaling import Scaled
from roarbase.embedded.place import Place
from roarbase.embedded.values import Mask, Nulls, Values, are_values, describe
from roarbase.model.batch import CLEARED, NumberColumn, states_of
from roarbase.model.fields import INT64_MAX, INT64_MIN, FieldSpec, FieldType
from roarbase.model.option_values import shown_bound
from roarbase.model.timestamps import EARLIEST_SECONDS, LATEST_SECONDS, NANOSECOND_BOUND

__all__ = ["bounds", "nothing", "number_column", "states_of_values"]


def states_of_values(values: Values) -> NDArray[np.uint8] | None:
    """A value where there is one; null clears."""
    if isinstance(values, Nulls):
        return np.full(len(values), CLEARED, np.uint8)
    return states_of(None if values.is_null is None else ~values.is_null)


def nothing(values: Nulls) -> Scaled:
    """Numbers without meaning."""
    return Scaled(np.zeros(len(values), np.int8))


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


def number_column(scaled: Scaled, values: Values, spec: FieldSpec, place: Place) -> NumberColumn:
    """The column of numbers as the field stores them. `values` are what they were made of.

    Raises:
        InvalidParameter: One of them is out of the field's bounds.
    """
    if not _are_within(scaled, *bounds(spec)):
        _check_each(scaled, values, spec, place)
    return NumberColumn(field=spec.name, states=states_of_values(values), values=scaled.numbers)


def _are_within(scaled: Scaled, low: int, high: int) -> bool:
    """Whether all numbers are within the bounds, those without meaning too: two passes over them in their own width."""
    if scaled.fits is not None and not scaled.fits.all():
        return False
    return not len(scaled.numbers) or (int(scaled.numbers.min()) >= low and int(scaled.numbers.max()) <= high)


def _check_each(scaled: Scaled, values: Values, spec: FieldSpec, place: Place) -> None:
    low, high = bounds(spec)
    are_right: Mask = (scaled.numbers >= low) & (scaled.numbers <= high)
    if scaled.fits is not None:
        are_right &= scaled.fits
    are_right |= ~are_values(values)
    if not are_right.all():
        row = int(np.argmin(are_right))
        allowed = f"{shown_bound(low, spec)} to {shown_bound(high, spec)}"
        raise place.wrong(row, f"{describe(values, row)} is out of range: field {spec.name!r} takes {allowed}")
