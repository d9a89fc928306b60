"""One field of a table: its spec, its column, the names of its rows if it has rows, its cached bitmaps."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, squeeze
from roarbase.engine.cache.bitmaps import FieldBitmaps
from roarbase.engine.cache.keys import RowKey
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.columns.exists import ExistsColumn
from roarbase.engine.columns.numbers import NumberColumn
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.kernels.port import Kernels
from roarbase.engine.names.row_names import RowNames, rows_for
from roarbase.engine.names.target import Target
from roarbase.engine.plan import RowName, TimeRange
from roarbase.engine.tables.unloaded import Unloaded
from roarbase.engine.views.during import RowsDuring
from roarbase.engine.views.spans import Span, span_of
from roarbase.engine.views.stamps import Stamps
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.results import DataType

__all__ = ["Field", "NumberField", "ReferenceField", "RowField", "make_field"]

_FEW_CELLS = 16

_NUMBER_TYPES = {
    FieldType.INT: DataType.INT64,
    FieldType.DECIMAL: DataType.DECIMAL,
    FieldType.TIMESTAMP: DataType.TIMESTAMP,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberField:
    """A field of ordered values: int, decimal or timestamp.

    Attributes:
        loaded: The column as far as snapshots are loaded; but for those who load them, `column` is the one to ask.
    """

    id: str
    spec: FieldSpec
    loaded: NumberColumn
    bitmaps: FieldBitmaps
    unloaded: Unloaded = field(default_factory=Unloaded)

    @property
    def column(self) -> NumberColumn:
        """The column, with all that it holds.

        Raises:
            LogDamaged: A snapshot of it is not what was written.
        """
        if self.unloaded.is_due:
            self.unloaded.settle()
        return self.loaded

    @property
    def nbytes(self) -> int:
        with self.unloaded.lock:
            return self.loaded.nbytes + self.unloaded.nbytes

    def resize(self, shard: int, capacity: int) -> None:
        """Have room for this many positions in a shard."""
        self.loaded.resize(shard, capacity)
        self.bitmaps.resize(shard, capacity)

    @property
    def type(self) -> DataType:
        """The type of one value in a result."""
        return _NUMBER_TYPES[self.spec.type]

    @property
    def sum_type(self) -> DataType:
        """The type of a sum: a sum of points in time is only a number."""
        return DataType.INT64 if self.type is DataType.TIMESTAMP else self.type


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceField(NumberField):
    """An int field with a foreign index: its numbers stand for the record keys of another table."""

    target: Target

    @property
    def type(self) -> DataType:
        """The type of one value in a result: the key."""
        return DataType.STRING

    def numbers_of(self, rows: Sequence[RowName]) -> Int64s:
        """The numbers of those keys that the other table knows.

        Raises:
            BadRequest: One of them is no string.
        """
        return self.target.find(self.spec, rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class RowField:
    """A field whose values are rows: set, mutex, bool or time.

    Attributes:
        loaded: The column, and `loaded_stamps` the stamps, as far as snapshots are loaded; but for those who load
            them, `column` and `stamps` are the ones to ask.
        during: The span of time that `column` tells of, where it does not tell of all.
    """

    id: str
    spec: FieldSpec
    loaded: CodeColumn | SetColumn | RowsDuring
    names: RowNames
    bitmaps: FieldBitmaps
    loaded_stamps: Stamps | None = None
    during: Span | None = None
    unloaded: Unloaded = field(default_factory=Unloaded)

    @property
    def column(self) -> CodeColumn | SetColumn | RowsDuring:
        """Who holds which row. Of a time field without a standard view: who got it at any time that is kept.

        Raises:
            LogDamaged: A snapshot of it is not what was written.
        """
        if self.unloaded.is_due:
            self.unloaded.settle()
        return self.loaded

    @property
    def stamps(self) -> Stamps | None:
        """Of a time field, who got which row when. Raises as `column`."""
        if self.unloaded.is_due:
            self.unloaded.settle()
        return self.loaded_stamps

    @property
    def nbytes(self) -> int:
        with self.unloaded.lock:
            stamps = self.loaded_stamps.nbytes if self.loaded_stamps is not None else 0
            return self.loaded.nbytes + self.names.nbytes + stamps + self.unloaded.nbytes

    def resize(self, shard: int, capacity: int) -> None:
        """Have room for this many positions in a shard."""
        assert not isinstance(self.loaded, RowsDuring)
        self.loaded.resize(shard, capacity)
        self.bitmaps.resize(shard, capacity)

    @property
    def type(self) -> DataType:
        """The type of one row in a result."""
        return self.names.type

    def code_or_none(self, row: RowName) -> int | None:
        """The code of a row; None if no record ever held it.

        Raises:
            BadRequest: The row is not of the field's kind.
        """
        self.names.check(self.spec, row)
        code = self.names.find_one(row)
        return code if code >= 0 else None

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

    def cells(self, codes: Int64s) -> list[Any]:
        """What callers name these rows; where that means to make strings, each row is named once."""
        if not self.spec.is_keyed or len(codes) < _FEW_CELLS:
            return [*self.names.names(codes)]
        distinct, places = squeeze(codes)
        names = np.empty(len(distinct), np.object_)
        names[:] = self.names.names(distinct)
        cells: list[Any] = names[places].tolist()
        return cells

    def all_codes(self) -> Int64s:
        """The codes of every row that the field knows, in row order."""
        return self.in_row_order(np.arange(len(self.names)))

    def counts(self) -> Int64s:
        """How many records hold each row, by code."""
        column = self.column if isinstance(self.column, RowsDuring) else self.column.counters
        return column.counts(len(self.names))

    def held(self) -> Int64s:
        """The codes of the rows that a record holds, ascending."""
        if isinstance(self.column, RowsDuring):
            return self.column.held(len(self.names))
        return np.flatnonzero(self.counts())

    def count_or_none(self, code: int) -> int | None:
        """How many records hold a row, where counters tell."""
        return None if isinstance(self.column, RowsDuring) else self.column.counters.count(code)

    def key(self, code: int) -> RowKey:
        """What the bitmap of a row goes by in the cache."""
        return RowKey(code, self.during)

    def within(self, time: TimeRange, shards: int) -> "RowField":
        """A time field as it was given to records between two times, in a table of so many shards."""
        assert self.stamps is not None
        during = span_of(self.spec.quantum, time)
        return replace(self, loaded=RowsDuring(self.stamps, during, shards), during=during)


Field = NumberField | RowField


def make_field(
    field_id: str, spec: FieldSpec, exists: ExistsColumn, kernels: Kernels, target: Target | None = None
) -> Field:
    """An empty field of a table with these records.

    Args:
        target: The keys that an int field with a foreign index stands for.
    """
    bitmaps = FieldBitmaps(kernels)
    if spec.type.is_number:
        numbers = NumberColumn(exists, kernels)
        unloaded = Unloaded(numbers.settle_loaded)
        if target is None:
            return NumberField(id=field_id, spec=spec, loaded=numbers, bitmaps=bitmaps, unloaded=unloaded)
        return ReferenceField(id=field_id, spec=spec, loaded=numbers, bitmaps=bitmaps, unloaded=unloaded, target=target)
    column = SetColumn(kernels) if spec.type.is_multivalued else CodeColumn(kernels)
    stamps = Stamps(spec.quantum) if spec.type is FieldType.TIME else None
    return RowField(
        id=field_id,
        spec=spec,
        loaded=column,
        names=rows_for(spec, kernels),
        bitmaps=bitmaps,
        loaded_stamps=stamps,
    )
