"""`timestamp`: moments, cut to the field's unit; and whole numbers, as how many units after its epoch."""

from roarbase.embedded.converters.numbers import nothing, number_column
from roarbase.embedded.converters.scaling import floored, scaled_up, shifted
from roarbase.embedded.place import Place
from roarbase.embedded.values import Integers, Moments, Nulls, Values
from roarbase.model.batch import Column
from roarbase.model.fields import FieldSpec

__all__ = ["timestamp_column"]


def timestamp_column(values: Values, spec: FieldSpec, place: Place) -> Column:
    """The column of a timestamp field.

    Raises:
        InvalidParameter: A value is no moment, or out of bounds.
    """
    match values:
        case Nulls():
            scaled = nothing(values)
        case Integers():
            scaled = shifted(values.values, spec.epoch_units)
        case Moments() if values.places > spec.places:
            scaled = floored(values.values, values.places - spec.places)
        case Moments():
            scaled = scaled_up(values.values, spec.places - values.places)
        case _:
            raise place.refused(f"it has {values.kind}; a timestamp field takes timestamps, dates or whole numbers")
    return number_column(scaled, values, spec, place)
