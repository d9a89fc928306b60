"""`bool`: true and false."""

from roarbase.embedded.converters.numbers import nothing, states_of_values
from roarbase.embedded.place import Place
from roarbase.embedded.values import Booleans, Nulls, Values
from roarbase.model.batch import Column, NumberColumn
from roarbase.model.fields import FieldSpec

__all__ = ["bool_column"]


def bool_column(values: Values, spec: FieldSpec, place: Place) -> Column:
    """The column of a bool field.

    Raises:
        InvalidParameter: A value is neither true nor false.
    """
    match values:
        case Booleans():
            numbers = values.values.view("u1")
        case Nulls():
            numbers = nothing(values).numbers
        case _:
            raise place.refused(f"it has {values.kind}; a bool field takes True and False")
    return NumberColumn(field=spec.name, states=states_of_values(values), values=numbers)
