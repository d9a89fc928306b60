"""`set` and `time`: rows to add, from lists, or one row per record. Null adds nothing."""

from dataclasses import replace

import numpy as np

from roarbase.embedded.converters.rows import rows_of
from roarbase.embedded.place import Place
from roarbase.embedded.values import Integers, Lists, Nulls, Texts, Values, are_values
from roarbase.model.batch import Column, SetColumn
from roarbase.model.fields import FieldSpec

__all__ = ["set_column"]


def set_column(values: Values, spec: FieldSpec, place: Place) -> Column:
    """The column of a set field, or of a time field's standard view.

    Raises:
        InvalidParameter: A value names no row of such a field, or a list holds null.
    """
    if not isinstance(values, Lists):
        return SetColumn(field=spec.name, offsets=_single_offsets(values), rows=rows_of(_present(values), spec, place))
    elements, inside = values.elements, place.inside(values.offsets)
    if len(elements):
        are_there = are_values(elements)
        if not are_there.all():
            raise inside.wrong(int(np.argmin(are_there)), "null is no row; leave it out")
    return SetColumn(field=spec.name, offsets=values.offsets, rows=rows_of(elements, spec, inside))


def _single_offsets(values: Values) -> np.ndarray:
    return np.concatenate(([0], np.cumsum(are_values(values))))


def _present(values: Values) -> Values:
    """The values that are not null."""
    match values:
        case Integers(is_null=mask) if mask is not None:
            return Integers(values=values.values[~mask])
        case Texts(is_null=mask) if mask is not None:
            return replace(values, codes=values.codes[~mask], is_null=None)
        case Nulls():
            return Nulls(length=0)
        case _:
            return values
