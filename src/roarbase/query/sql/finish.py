"""Steps that shape the table an engine gives into the answer of a statement.

Each is a value that can be called, printed and compared; a program runs them in order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from roarbase.model.results import Cells, DataType, Result, ResultColumn, ResultTable
from roarbase.query.sql.tree import Condition, Operand
from roarbase.query.sql.truth import holds

__all__ = ["AddAverage", "CutRows", "KeepRows", "OrderRows", "RowOrder", "Shape", "ShapeColumns"]


@dataclass(frozen=True, slots=True)
class AddAverage:
    """Append the average of a field: its sum at one place divided by its count at another."""

    sum_at: int
    count_at: int
    scale: int

    def __call__(self, result: Result) -> Result:
        columns = result.table().columns
        unit = 10**self.scale
        cells = [
            # One division of whole numbers, so the float is the nearest to the true average.
            cast(int, total) / (cast(int, count) * unit) if count and total is not None else None
            for total, count in zip(columns[self.sum_at].cells, columns[self.count_at].cells, strict=True)
        ]
        return ResultTable(columns=(*columns, ResultColumn(name="avg", type=DataType.FLOAT64, cells=cells)))


@dataclass(frozen=True, slots=True)
class KeepRows:
    """Keep the rows for which a condition holds. `operands` say what the columns are."""

    condition: Condition
    operands: tuple[Operand, ...]

    def __call__(self, result: Result) -> Result:
        table = result.table()
        cells = {operand: column.cells for operand, column in zip(self.operands, table.columns, strict=True)}

        def is_kept(row: int) -> bool:
            return holds(self.condition, lambda operand: cells[operand][row])

        return _rows(table, list(filter(is_kept, range(_height(table)))))


@dataclass(frozen=True, slots=True)
class RowOrder:
    """Order by the column at a place."""

    at: int
    is_descending: bool
    nulls_first: bool


@dataclass(frozen=True, slots=True)
class OrderRows:
    """Order rows by several columns, the first mattering most; equal rows stay as they came."""

    terms: tuple[RowOrder, ...]

    def __call__(self, result: Result) -> Result:
        table = result.table()
        order = list(range(_height(table)))
        for term in reversed(self.terms):
            order = _ordered(order, table.columns[term.at].cells, term)
        return _rows(table, order)


@dataclass(frozen=True, slots=True)
class CutRows:
    """Skip rows, then keep up to `limit`; None keeps the rest."""

    limit: int | None
    offset: int = 0

    def __call__(self, result: Result) -> Result:
        table = result.table()
        stop = None if self.limit is None else self.offset + self.limit
        return _rows(table, list(range(_height(table)))[self.offset : stop])


@dataclass(frozen=True, slots=True)
class Shape:
    """A column of the answer: the one at a place, under its name and type."""

    at: int
    name: str
    type: DataType
    scale: int = 0


@dataclass(frozen=True, slots=True)
class ShapeColumns:
    """Choose, name and type the columns. A set without members is null."""

    columns: tuple[Shape, ...]

    def __call__(self, result: Result) -> Result:
        given = result.table().columns
        return ResultTable(
            columns=tuple(
                ResultColumn(name=s.name, type=s.type, scale=s.scale, cells=_cells(given[s.at].cells, s.type))
                for s in self.columns
            )
        )


def _cells(cells: Cells, data_type: DataType) -> Cells:
    if data_type in (DataType.UINT64_SET, DataType.STRING_SET):
        return [cell or None for cell in cells]
    return cells


def _height(table: ResultTable) -> int:
    return len(table.columns[0].cells) if table.columns else 0


def _rows(table: ResultTable, rows: list[int]) -> ResultTable:
    return ResultTable(
        columns=tuple(
            ResultColumn(name=c.name, type=c.type, scale=c.scale, cells=[c.cells[row] for row in rows])
            for c in table.columns
        )
    )


def _ordered(rows: list[int], cells: Cells, term: RowOrder) -> list[int]:
    key = cast(Callable[[int], int], cells.__getitem__)
    nulls = [row for row in rows if cells[row] is None]
    present = [row for row in rows if cells[row] is not None]
    ordered = sorted(present, key=key, reverse=term.is_descending)
    return nulls + ordered if term.nulls_first else ordered + nulls
