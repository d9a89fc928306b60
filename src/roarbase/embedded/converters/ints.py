"""`int`: whole numbers, and whole floats and decimals; of a field that refers to another table, keys of its records."""

import numpy as np
from numpy.typing import NDArray

from roarbase.embedded.converters.numbers import number_column, states_of
from roarbase.embedded.converters.rows import keyed_rows
from roarbase.embedded.converters.scaling import cut, scaled_up
from roarbase.embedded.place import Place
from roarbase.embedded.values import Decimals, Floats, Integers, Mask, Nulls, Texts, Values, are_values, describe
from roarbase.model.batch import Column, ReferenceColumn
from roarbase.model.fields import FieldSpec

__all__ = ["int_column"]

_EXACT_FLOATS = 2.0**53
"""Up to here a float is one whole number, and not any of several."""

_TAKES = "an int field takes whole numbers"


def int_column(values: Values, spec: FieldSpec, place: Place) -> Column:
    """The column of an int field.

    Raises:
        InvalidParameter: A value is no whole number, or out of bounds.
    """
    if spec.is_reference:
        return _reference_column(values, spec, place)
    match values:
        case Nulls():
            numbers, fits = scaled_up(np.zeros(len(values), np.int64), 0)
        case Integers():
            numbers, fits = scaled_up(values.values, 0)
        case Floats():
            numbers, fits = _whole_floats(values, place)
        case Decimals():
            numbers, fits = _whole_decimals(values, place)
        case _:
            raise place.refused(f"it has {values.kind}; {_TAKES}")
    return number_column(numbers, fits, values, spec, place)


def _reference_column(values: Values, spec: FieldSpec, place: Place) -> Column:
    if not isinstance(values, Texts | Nulls):
        raise place.refused(
            f"it has {values.kind}; field {spec.name!r} takes keys of records of {spec.foreign_index!r}"
        )
    states, rows = states_of(are_values(values)), keyed_rows(values)
    return ReferenceColumn(field=spec.name, states=states, rows=rows)


def _whole_floats(values: Floats, place: Place) -> tuple[NDArray[np.int64], Mask]:
    floats = np.where(are_values(values), values.values, 0.0)
    _check_whole((floats == np.trunc(floats)) & (np.abs(floats) <= _EXACT_FLOATS), values, place)
    return floats.astype(np.int64), np.ones(len(floats), np.bool_)


def _whole_decimals(values: Decimals, place: Place) -> tuple[NDArray[np.int64], Mask]:
    fits = np.ones(len(values), np.bool_) if values.fits is None else values.fits
    if values.scale <= 0:
        numbers, still_fits = scaled_up(values.values, -values.scale)
        return numbers, fits & still_fits
    numbers = cut(values.values, values.scale)
    back, _ = scaled_up(numbers, values.scale)
    _check_whole((back == values.values) | ~fits | ~are_values(values), values, place)
    return numbers, fits


def _check_whole(are_whole: Mask, values: Values, place: Place) -> None:
    if not are_whole.all():
        row = int(np.argmin(are_whole))
        raise place.wrong(row, f"{describe(values, row)} is not taken: {_TAKES} (floats: up to 2^53)")
