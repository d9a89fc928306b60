"""`mutex`: at most one row per record."""

from roarbase.embedded.converters.numbers import states_of_values
from roarbase.embedded.converters.rows import rows_of
from roarbase.embedded.place import Place
from roarbase.embedded.values import Values
from roarbase.model.batch import Column, MutexColumn
from roarbase.model.fields import FieldSpec

__all__ = ["mutex_column"]


def mutex_column(values: Values, spec: FieldSpec, place: Place) -> Column:
    """The column of a mutex field.

    Raises:
        InvalidParameter: A value names no row of such a field.
    """
    return MutexColumn(field=spec.name, states=states_of_values(values), rows=rows_of(values, spec, place))
