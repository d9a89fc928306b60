"""How far vectors are from each other, in millionths.

Each distance is worked out for arrays of shape (rows, numbers): one row after the other would take fifty times as long.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from roarbase.model.fields import INT64_MAX
from roarbase.query.sql.later.operations.operation import Operation, out_of_range

__all__ = ["VECTORS"]

_UNIT = 10**6
_Vectors = NDArray[np.float64]
_Distance = Callable[[_Vectors, _Vectors], NDArray[np.float64]]


def _products(one: _Vectors, other: _Vectors) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.einsum("ij,ij->i", one, other)
    return found


def _cosine_distance(one: _Vectors, other: _Vectors) -> NDArray[np.float64]:
    """One less the cosine of the angle between them; NaN where one has no direction, as it is all zeros."""
    one, other = _by_greatest(one), _by_greatest(other)
    found: NDArray[np.float64] = 1 - _products(one, other) / np.sqrt(_products(one, one) * _products(other, other))
    return found


def _by_greatest(some: _Vectors) -> _Vectors:
    """The same directions, with numbers whose squares neither vanish nor leave the range of floats."""
    scaled: _Vectors = some / np.abs(some).max(axis=1, keepdims=True, initial=0)
    return scaled


def _euclidean_distance(one: _Vectors, other: _Vectors) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.sqrt(_products(one - other, one - other))
    return found


def _in_units(distance: _Distance) -> Callable[[_Vectors, _Vectors], list[int | None]]:
    """The distances rounded to millionths; None where there is none."""

    def found(one: _Vectors, other: _Vectors) -> list[int | None]:
        with np.errstate(all="ignore"):
            units = np.rint(distance(one, other) * _UNIT)
        if (units >= INT64_MAX).any():
            raise out_of_range(float(units.max()) / _UNIT)
        return [None if unit != unit else max(int(unit), 0) for unit in units.tolist()]

    return found


def _operation(name: str, distance: _Distance) -> Operation:
    whole = _in_units(distance)

    def plain(one: Sequence[float], other: Sequence[float]) -> int | None:
        return whole(np.array([one], np.float64), np.array([other], np.float64))[0]

    return Operation(name=name, plain=plain, of_vectors=whole)


VECTORS = (
    _operation("cosine_distance", _cosine_distance),
    _operation("euclidean_distance", _euclidean_distance),
)
