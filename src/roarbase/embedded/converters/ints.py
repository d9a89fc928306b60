"""`int`: whole numbers, and whole floats and decimals; of a field that refers to another table, keys of its records."""

import numpy as np

from roarbase.embedded.converters.numbers import nothing, number_column, states_of_values
from roarbase.embedded.converters.rows import keyed_rows
from roarbase.embedded.converters.scaling import Scaled, cut, scaled_up
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
            scaled = nothing(values)
        case Integers():
            scaled = Scaled(values.values)
        case Floats():
            scaled = _whole_floats(values, place)
        case Decimals():
            scaled = _whole_decimals(values, place)
        case _:
            raise place.refused(f"it has {values.kind}; {_TAKES}")
    return number_column(scaled, values, spec, place)


def _reference_column(values: Values, spec: FieldSpec, place: Place) -> Column:
    if not isinstance(values, Texts | Nulls):
        target = f"keys of records of {spec.foreign_index!r}"
        raise place.refused(f"it has {values.kind}; field {spec.name!r} takes {target}")
    return ReferenceColumn(field=spec.name, states=states_of_values(values), rows=keyed_rows(values))


def _whole_floats(values: Floats, place: Place) -> Scaled:
    floats = np.where(are_values(values), values.values, 0.0)
    _check_whole((floats == np.trunc(floats)) & (np.abs(floats) <= _EXACT_FLOATS), values, place)
    return Scaled(floats.astype(np.int64))


def _whole_decimals(values: Decimals, place: Place) -> Scaled:
    if values.scale <= 0:
        return scaled_up(values.values, -values.scale).but(values.fits)
    numbers = cut(values.values, values.scale).numbers
    are_whole = scaled_up(numbers, values.scale).numbers == values.values
    if values.fits is not None:
        are_whole |= ~values.fits  # of which `number_column` says what is wrong
    _check_whole(are_whole | ~are_values(values), values, place)
    return Scaled(numbers, values.fits)


def _check_whole(are_whole: Mask, values: Values, place: Place) -> None:
    if not are_whole.all():
        row = int(np.argmin(are_whole))
        raise place.wrong(row, f"{describe(values, row)} is not taken: {_TAKES} (floats: up to 2^53)")
