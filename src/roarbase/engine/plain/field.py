"""One field of a table: its spec, its column, and the names of its rows if it has rows."""

from dataclasses import dataclass

import numpy as np

from roarbase.engine.plain.arrays import Int64s, Mask
from roarbase.engine.plain.columns.codes import CodeColumn
from roarbase.engine.plain.columns.numbers import NumberColumn
from roarbase.engine.plain.columns.pairs import PairColumn
from roarbase.engine.plain.names.row_names import RowNames, rows_for
from roarbase.engine.plan import RowName
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.results import DataType

__all__ = ["Field", "NumberField", "RowField", "make_field"]

_NUMBER_TYPES = {
    FieldType.INT: DataType.INT64,
    FieldType.DECIMAL: DataType.DECIMAL,
    FieldType.TIMESTAMP: DataType.TIMESTAMP,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberField:
    """A field of ordered values: int, decimal or timestamp."""

    id: str
    spec: FieldSpec
    column: NumberColumn

    @property
    def nbytes(self) -> int:
        return self.column.nbytes

    @property
    def type(self) -> DataType:
        """The type of one value in a result."""
        return _NUMBER_TYPES[self.spec.type]


@dataclass(frozen=True, kw_only=True, slots=True)
class RowField:
    """A field whose values are rows: set, mutex, bool or time."""

    id: str
    spec: FieldSpec
    column: CodeColumn | PairColumn
    names: RowNames

    @property
    def nbytes(self) -> int:
        return self.column.nbytes + self.names.nbytes

    @property
    def type(self) -> DataType:
        """The type of one row in a result."""
        return self.names.type

    def code_or_none(self, row: RowName) -> int | None:
        """The code of a row; None if no record ever held it.

        Raises:
            BadRequest: The row is not of the field's kind.
        """
        codes = self.codes_of((row,))
        return int(codes[0]) if len(codes) else None

    def codes_of(self, rows: tuple[RowName, ...]) -> Int64s:
        """The codes of those rows that have one.

        Raises:
            BadRequest: A row is not of the field's kind.
        """
        for row in rows:
            self.names.check(self.spec, row)
        codes = self.names.find(rows)
        return codes[codes >= 0]

    def in_row_order(self, codes: Int64s) -> Int64s:
        """The codes by ascending row id."""
        return codes[np.argsort(self.names.row_ids(codes), kind="stable")]

    def held_codes(self, among: Mask) -> Int64s:
        """The codes that at least one of these records holds, in row order."""
        return self.in_row_order(np.flatnonzero(self.column.counts(among, len(self.names))))


Field = NumberField | RowField


def make_field(field_id: str, spec: FieldSpec, width: int) -> Field:
    """An empty field. `width`: positions per shard."""
    if spec.type.is_number:
        return NumberField(id=field_id, spec=spec, column=NumberColumn(width))
    column: CodeColumn | PairColumn = PairColumn() if spec.type.is_multivalued else CodeColumn(width)
    return RowField(id=field_id, spec=spec, column=column, names=rows_for(spec))
