"""One field of a table: its spec, its column, the names of its rows if it has rows, its cached bitmaps."""

from dataclasses import dataclass

import numpy as np

from roarbase.engine.bitmap.cache.bitmaps import FieldBitmaps
from roarbase.engine.bitmap.columns.codes import CodeColumn
from roarbase.engine.bitmap.columns.exists import ExistsColumn
from roarbase.engine.bitmap.columns.numbers import NumberColumn
from roarbase.engine.bitmap.columns.sets import SetColumn
from roarbase.engine.bitmap.layout import Int64s
from roarbase.engine.plain import field as plain
from roarbase.engine.plain.names.row_names import rows_for
from roarbase.model.fields import FieldSpec

__all__ = ["Field", "NumberField", "RowField", "make_field"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberField(plain.NumberField):
    """A field of ordered values: int, decimal or timestamp."""

    bitmaps: FieldBitmaps
    column: NumberColumn  # type: ignore[assignment]  # the plain field names the plain column


@dataclass(frozen=True, kw_only=True, slots=True)
class RowField(plain.RowField):
    """A field whose values are rows: set, mutex, bool or time."""

    bitmaps: FieldBitmaps
    column: CodeColumn | SetColumn  # type: ignore[assignment]  # the plain field names the plain columns

    def all_codes(self) -> Int64s:
        """The codes of every row that the field knows, in row order."""
        return self.in_row_order(np.arange(len(self.names)))

    def counts(self) -> Int64s:
        """How many records hold each row, by code."""
        return self.column.counters.counts(len(self.names))


Field = NumberField | RowField


def make_field(field_id: str, spec: FieldSpec, exists: ExistsColumn) -> Field:
    """An empty field of a table with these records."""
    if spec.type.is_number:
        return NumberField(id=field_id, spec=spec, column=NumberColumn(exists), bitmaps=FieldBitmaps())
    column = SetColumn() if spec.type.is_multivalued else CodeColumn()
    return RowField(id=field_id, spec=spec, column=column, names=rows_for(spec), bitmaps=FieldBitmaps())
