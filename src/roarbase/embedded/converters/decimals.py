"""`decimal`: whole numbers, decimals, and floats as the shortest decimal that names them. More places are cut."""

from decimal import Context, Decimal

import numpy as np
from numpy.typing import NDArray

from roarbase.embedded.converters.numbers import number_column
from roarbase.embedded.converters.scaling import cut, scaled_up
from roarbase.embedded.place import Place
from roarbase.embedded.values import Decimals, Floats, Integers, Mask, Nulls, Values, are_values, describe
from roarbase.model.batch import Column
from roarbase.model.fields import INT64_MAX, INT64_MIN, FieldSpec

__all__ = ["decimal_column"]

_PLACES = Context(prec=400)
"""Holds every float times 10^18."""

_DOUBTED_BITS = 4
"""A product that agrees with a whole number in all but the last bits may be on its other side."""


def decimal_column(values: Values, spec: FieldSpec, place: Place) -> Column:
    """The column of a decimal field.

    Raises:
        InvalidParameter: A value is no number, or out of bounds.
    """
    match values:
        case Nulls():
            numbers, fits = scaled_up(np.zeros(len(values), np.int64), 0)
        case Integers():
            numbers, fits = scaled_up(values.values, spec.scale)
        case Decimals():
            numbers, fits = _rescaled(values, spec.scale)
        case Floats():
            numbers, fits = _scaled_floats(values, spec.scale, place)
        case _:
            raise place.refused(f"it has {values.kind}; a decimal field takes numbers")
    return number_column(numbers, fits, values, spec, place)


def _rescaled(values: Decimals, scale: int) -> tuple[NDArray[np.int64], Mask]:
    fits = np.ones(len(values), np.bool_) if values.fits is None else values.fits
    if values.scale > scale:
        return cut(values.values, values.scale - scale), fits
    numbers, still_fits = scaled_up(values.values, scale - values.scale)
    return numbers, fits & still_fits


def _scaled_floats(values: Floats, scale: int, place: Place) -> tuple[NDArray[np.int64], Mask]:
    floats = np.where(are_values(values), values.values, values.values.dtype.type(0))
    are_finite = np.isfinite(floats)
    if not are_finite.all():
        row = int(np.argmin(are_finite))
        raise place.wrong(row, f"{describe(values, row)} is no number; null is None")
    factor = 10.0**scale
    with np.errstate(over="ignore"):
        products = floats.astype(np.float64) * factor
    fits = np.abs(products) < 2.0**63
    products[~fits] = 0.0
    whole = np.rint(products)
    # Up to 15 digits (of float32, 6), a decimal is named by one float, and by no other decimal of so few digits.
    precision = np.finfo(floats.dtype)
    are_named = ((whole / factor).astype(floats.dtype) == floats) & (np.abs(whole) < 10.0**precision.precision)
    are_doubtful = ~are_named & (
        np.abs(products - whole) <= np.abs(products) * 2.0 ** (_DOUBTED_BITS - precision.nmant)
    )
    numbers = np.where(are_named, whole, np.trunc(products)).astype(np.int64)
    for row in np.flatnonzero(are_doubtful | ~fits).tolist():
        exact = int(Decimal(str(floats[row])).scaleb(scale, _PLACES))
        fits[row] = INT64_MIN <= exact <= INT64_MAX
        numbers[row] = exact if fits[row] else 0
    return numbers, fits
