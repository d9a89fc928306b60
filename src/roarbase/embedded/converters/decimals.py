"""`decimal`: whole numbers, decimals, and floats as the shortest decimal that names them. More places are cut."""

from decimal import Context, Decimal

import numpy as np

from roarbase.embedded.converters.numbers import nothing, number_column
from roarbase.embedded.converters.scaling import Scaled, cut, scaled_up
from roarbase.embedded.place import Place
from roarbase.embedded.values import Decimals, Floats, Integers, Nulls, Values, are_values, describe
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
            scaled = nothing(values)
        case Integers():
            scaled = scaled_up(values.values, spec.scale)
        case Decimals() if values.scale > spec.scale:
            scaled = cut(values.values, values.scale - spec.scale).but(values.fits)
        case Decimals():
            scaled = scaled_up(values.values, spec.scale - values.scale).but(values.fits)
        case Floats():
            scaled = _scaled_floats(values, spec.scale, place)
        case _:
            raise place.refused(f"it has {values.kind}; a decimal field takes numbers")
    return number_column(scaled, values, spec, place)


def _scaled_floats(values: Floats, scale: int, place: Place) -> Scaled:
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
    return Scaled(numbers, fits)
