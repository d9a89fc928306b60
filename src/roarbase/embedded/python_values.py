"""numpy arrays as values."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.embedded.place import Place
from roarbase.embedded.python_lists import list_values
from roarbase.embedded.values import Booleans, Floats, Integers, Lists, Mask, Moments, Nulls, Texts, Values
from roarbase.model.fields import FieldSpec

__all__ = ["array_values"]

_PLACES = {"s": 0, "ms": 3, "us": 6, "ns": 9}
_COARSER = ("Y", "M", "W", "D", "h", "m")


def array_values(array: NDArray[np.generic], spec: FieldSpec | None, place: Place) -> Values:
    """The values of an array: of one dimension, or of two, of which each row is a list.

    What a masked array hides is null, as are NaN and NaT.

    Args:
        spec: The field they are for; None for the names of records.

    Raises:
        InvalidParameter: It holds what no field takes.
    """
    if array.dtype.names is not None or array.ndim not in (1, 2):
        raise place.refused(f"it is an array of {array.ndim} dimensions and type {array.dtype}; give one value per row")
    if array.ndim == 2:
        count, width = array.shape
        offsets = np.arange(count + 1) * width
        return Lists(offsets=offsets, elements=array_values(array.ravel(), spec, place.inside(offsets)))
    if isinstance(array, np.ma.MaskedArray):
        return _flat_values(array.data, np.ma.getmaskarray(array), spec, place)
    return _flat_values(array, np.zeros(len(array), np.bool_), spec, place)


def _flat_values(array: NDArray[np.generic], is_null: Mask, spec: FieldSpec | None, place: Place) -> Values:
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    some = is_null if is_null.any() else None
    match array.dtype.kind:
        case "i" | "u":
            return Integers(values=native, is_null=some)
        case "b":
            return Booleans(values=native, is_null=some)
        case "f":
            return _floats(native if native.itemsize <= 8 else native.astype(np.float64), is_null)
        case "M":
            return _moments(native, is_null, place)
        case "U":
            keys, codes = np.unique(native, return_inverse=True)
            return Texts(codes=codes, keys=keys.tolist(), is_null=some)
        case "O" | "T":
            items = [None if hidden else item for item, hidden in zip(native.tolist(), is_null.tolist(), strict=True)]
            return list_values(items, spec, place)
    raise place.refused(f"it is an array of type {array.dtype}, which no field takes")


def _floats(array: NDArray[np.floating], is_null: Mask) -> Values:
    is_null = is_null | np.isnan(array)
    return Floats(values=array, is_null=is_null if is_null.any() else None)


def _moments(array: NDArray[Any], is_null: Mask, place: Place) -> Values:
    is_null = is_null | np.isnat(array)
    unit, _ = np.datetime_data(array.dtype)
    if unit == "generic":  # nothing but NaT
        return Nulls(length=len(array))
    kept = unit if unit in _PLACES else "s" if unit in _COARSER else "ns"
    moments = array.astype(f"M8[{kept}]")
    if unit in _COARSER and not ((moments.astype(array.dtype) == array) | is_null).all():
        raise place.refused(f"it is an array of type {array.dtype} with moments beyond all calendars")
    return Moments(values=moments.view(np.int64), places=_PLACES[kept], is_null=is_null if is_null.any() else None)
