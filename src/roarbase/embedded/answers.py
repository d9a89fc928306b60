"""What a statement gives: a table of Python values, or the same as Arrow."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from roarbase.embedded.heavy import arrow_module
from roarbase.model.results import DataType, ResultColumn, ResultTable

__all__ = ["Answer"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND_PLACES = 6
_SHOWN_ROWS = 10


class Answer:
    """A table. Cells are int, str, bool, float, Decimal, datetime (in UTC), a tuple for a set, None for null.

    A timestamp of nanoseconds is a `numpy.datetime64`, since a datetime holds microseconds only.

    >>> count = Answer(ResultTable(columns=(ResultColumn(name="count", type=DataType.UINT64, cells=[150]),)))
    >>> count.names, count.rows, count.value
    (('count',), ((150,),), 150)
    """

    def __init__(self, table: ResultTable) -> None:
        self._table = table

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self._table.columns)

    @cached_property
    def rows(self) -> tuple[tuple[Any, ...], ...]:
        """The rows, each a tuple of its cells."""
        return tuple(zip(*map(_cells, self._table.columns), strict=True))

    @property
    def value(self) -> Any:
        """The first cell, for answers that are one number; None if there are no rows."""
        return self.rows[0][0] if self.rows else None

    def records(self) -> list[dict[str, Any]]:
        """Each row as a dictionary by column name."""
        return [dict(zip(self.names, row, strict=True)) for row in self.rows]

    def arrow(self) -> Any:
        """A `pyarrow.Table`: sets are lists, decimals are decimals, timestamps are in UTC.

        Raises:
            OperatorError: pyarrow is not installed.
            BadRequest: A sum leaves the 64 bits of its column's type.
        """
        return arrow_module("arrow_answers").table_of(self._table)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """For Polars, pandas, DuckDB and whatever else takes Arrow streams."""
        return self.arrow().__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._table.columns[0].cells) if self._table.columns else 0

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self.rows)

    def __repr__(self) -> str:
        shown = [repr(row) for row in self.rows[:_SHOWN_ROWS]]
        more = [f"... {len(self)} rows"] if len(self) > _SHOWN_ROWS else []
        return "\n".join([f"Answer{self.names!r}", *shown, *more])


def _cells(column: ResultColumn) -> Sequence[Any]:
    read = _READERS.get(column.type)
    if read is None:
        return column.cells
    return [None if cell is None else read(cell, column.scale) for cell in column.cells]


def _decimal(number: Any, scale: int) -> Decimal:
    return Decimal(f"{number}e-{scale}")  # from its text: arithmetic would round to the digits of the context


def _moment(number: Any, places: int) -> datetime | np.datetime64:
    if places > _MICROSECOND_PLACES:
        return np.datetime64(number, "ns")
    return _EPOCH + timedelta(microseconds=number * 10 ** (_MICROSECOND_PLACES - places))


_READERS: dict[DataType, Callable[[Any, int], Any]] = {
    DataType.DECIMAL: _decimal,
    DataType.TIMESTAMP: _moment,
    DataType.UINT64_SET: lambda cell, _: tuple(cell),
    DataType.STRING_SET: lambda cell, _: tuple(cell),
    DataType.FLOAT64_LIST: lambda cell, _: tuple(cell),
}
