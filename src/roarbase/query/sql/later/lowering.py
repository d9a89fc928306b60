"""Queries that the bitmap engine answers alone: one table, plain columns or plain aggregates, no expressions.

    select _id, a from t where .. order by b limit 5         Extract
    select count(*), sum(a), avg(b) from t where ..          Summarize, without keys
    select a, count(*) from t group by a order by 2 desc     Summarize
    select distinct a from t                                 Summarize, keys alone
    select percentile(a, 50) from t                          Percentile

Groups by whole sets, computed columns and joins are the residue's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, cast

from msgspec import Struct

from roarbase.engine.plan import Count, Extract, Percentile, Plan, RecordOrder, Summarize, SummaryValue
from roarbase.model.results import Cells, Result, ResultTable
from roarbase.query.program import AskData, Finish
from roarbase.query.sql.finish import CutRows, OrderRows, RowOrder
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.answers import stored_column, typed_column
from roarbase.query.sql.later.operations.arithmetic import quotient
from roarbase.query.sql.later.records import asked_fields, records_of
from roarbase.query.sql.later.tree import (
    Aggregated,
    Column,
    Expr,
    Literal,
    Order,
    Query,
    Selected,
    TableRows,
)
from roarbase.query.sql.names import RECORD_ID

__all__ = ["plan_or_none"]

_NUMBERS = (Kind.INT, Kind.DECIMAL, Kind.TIMESTAMP)
_AVERAGE_PLACES = 4


def plan_or_none(query: Selected) -> AskData | None:
    """What to ask the engine alone; None if the query needs more."""
    if not isinstance(query, Query) or not isinstance(query.source, TableRows):
        return None
    if query.where is not None or query.having is not None:
        return None
    if query.is_grouped and query.is_distinct:
        return None
    if not query.is_grouped and not query.is_distinct:
        return None if query.source.flat else _records(query, query.source)
    return (None if query.source.flat else _percentile(query, query.source)) or _groups(query, query.source)


class _Shape(Struct, frozen=True):
    """A column of the answer: that at a place of what the engine gives."""

    place: int
    name: str
    type: SqlType


@dataclass(frozen=True, slots=True)
class _Typed:
    """Names and types the columns."""

    columns: tuple[_Shape, ...]

    def __call__(self, result: Result) -> Result:
        given = result.table().columns
        return ResultTable(columns=tuple(stored_column(s.name, s.type, given[s.place].cells) for s in self.columns))


# ---- a row per record ------------------------------------------------------------------------


def _records(query: Query, rows: TableRows) -> AskData | None:
    values = [output.value for output in query.outputs]
    orders = [order.value for order in query.order]
    if not all(isinstance(value, Column) for value in (*values, *orders)):
        return None
    if any(value is not None and value.type.kind == Kind.VECTOR for value in orders):
        return None  # the order of their texts is another
    columns = [value for value in values if isinstance(value, Column)]
    asked = [*dict.fromkeys(column.place for column in columns if column.place)]
    places = {place: number for number, place in enumerate([0, *asked])}
    shape = _Typed(tuple(_Shape(places[c.place], o.name, c.type) for c, o in zip(columns, query.outputs, strict=True)))
    plan = Extract(
        input=records_of(rows),
        fields=asked_fields(rows, asked),
        order=tuple(map(_record_order, query.order)),
        limit=query.limit,
        offset=query.offset,
    )
    return AskData(table=rows.table, plan=plan, finish=(shape,))


def _record_order(order: Order) -> RecordOrder:
    column = order.value
    assert isinstance(column, Column)
    name = RECORD_ID if not column.place else column.name
    return RecordOrder(name, order.is_descending, are_nulls_highest=order.are_nulls_first == order.is_descending)


# ---- a row per group -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Average:
    """Appends a sum divided by a count, cut to four places."""

    total: int
    count: int
    scale: int

    def __call__(self, result: Result) -> Result:
        columns = result.table().columns
        pairs = zip(columns[self.total].cells, columns[self.count].cells, strict=True)
        cells = [_cut_average(cast("int | None", total), cast(int, count), self.scale) for total, count in pairs]
        kind = SqlType(Kind.DECIMAL, _AVERAGE_PLACES)
        return ResultTable(columns=(*columns, typed_column("avg", kind, cells)))


@dataclass(frozen=True, slots=True)
class _Members:
    """Makes each member a set of one; a record without any is in no group."""

    places: tuple[int, ...]

    def __call__(self, result: Result) -> Result:
        columns = result.table().columns
        cells: list[Sequence[Any]] = [c.cells for c in columns]
        if any(None in cells[place] for place in self.places):
            kept = [row for row in zip(*cells, strict=True) if all(row[p] is not None for p in self.places)]
            cells = [*zip(*kept, strict=True)] or [()] * len(columns)
        for place in self.places:
            cells[place] = [(member,) for member in cells[place]]
        return ResultTable(columns=tuple(replace(c, cells=made) for c, made in zip(columns, cells, strict=True)))


def _cut_average(total: int | None, count: int, scale: int) -> int | None:
    if total is None or not count:
        return None
    return quotient(total * 10**_AVERAGE_PLACES, count * 10**scale)


def _groups(query: Query, rows: TableRows) -> AskData | None:
    outputs = [output.value for output in query.outputs]
    values = [*outputs, *(order.value for order in query.order)]
    if not all(map(_is_plain, values)):
        return None
    keys = tuple(dict.fromkeys(query.keys if query.is_grouped else outputs))
    flat = {each.place for each in rows.flat}
    if rows.during or not all(_is_key(key, flat) for key in keys):
        return None
    if not flat <= {key.place for key in keys if isinstance(key, Column)}:
        return None  # members count, and nothing tells them apart
    summary: list[SummaryValue] = []
    places: dict[Expr, int] = {key: place for place, key in enumerate(keys)}
    averages: dict[Aggregated, _Average] = {}
    for value in dict.fromkeys(values):
        if value in places:
            continue
        parts = _summary_values(value) if isinstance(value, Aggregated) else None
        if parts is None or not isinstance(value, Aggregated):
            return None
        at = [len(keys) + _place_of(summary, part) for part in parts]
        if value.function == "avg":
            averages[value] = _Average(at[0], at[1], value.arguments[0].type.scale)
        else:
            places[value] = at[0]
    return _asked(query, rows, keys, summary, places, averages)


def _asked(
    query: Query,
    rows: TableRows,
    keys: tuple[Expr, ...],
    summary: list[SummaryValue],
    places: dict[Expr, int],
    averages: dict[Aggregated, _Average],
) -> AskData:
    finish: list[Finish] = [_Members(tuple(p for p, key in enumerate(keys) if key.type.is_set))] if rows.flat else []
    for place, (value, average) in enumerate(averages.items(), len(keys) + len(summary)):
        places[value] = place
        finish.append(average)
    if query.order:
        terms = (RowOrder(places[o.value], o.is_descending, o.are_nulls_first) for o in query.order if o.value)
        finish.append(OrderRows(tuple(terms)))
    if query.limit is not None or query.offset:
        finish.append(CutRows(query.limit, query.offset))
    finish.append(_Typed(tuple(_Shape(places[o.value], o.name, o.value.type) for o in query.outputs)))
    return AskData(table=rows.table, plan=_group_plan(rows, keys, summary), finish=tuple(finish))


def _group_plan(rows: TableRows, keys: tuple[Expr, ...], summary: list[SummaryValue]) -> Plan:
    records = records_of(rows)
    if not keys and summary == [SummaryValue("count")]:
        return Count(records)
    names = tuple(key.name for key in keys if isinstance(key, Column))
    return Summarize(input=records, keys=names, values=tuple(summary))


def _is_plain(value: Expr | None) -> bool:
    """Whether it is a column or an aggregate of columns, which have hashes: queries within expressions have none."""
    arguments = value.arguments if isinstance(value, Aggregated) else (value,)
    return all(isinstance(argument, Column) for argument in arguments)


def _is_key(key: Expr, flat: set[int]) -> bool:
    """Whether the engine can group by it: a field that holds one value, or whose members come one by one."""
    is_whole = key.type.is_set or key.type.kind == Kind.VECTOR
    return isinstance(key, Column) and key.place > 0 and (key.place in flat or not is_whole)


def _place_of(summary: list[SummaryValue], value: SummaryValue) -> int:
    if value not in summary:
        summary.append(value)
    return summary.index(value)


def _summary_values(value: Aggregated) -> tuple[SummaryValue, ...] | None:
    """What the engine sums up for an aggregate; None if it cannot."""
    if not value.arguments:
        return (SummaryValue("count"),)
    column = value.arguments[0]
    if not isinstance(column, Column):
        return None
    if value.function == "count":
        return _counted(value, column)
    if value.is_distinct or column.type.kind not in _NUMBERS or column.place == 0:
        return None
    if value.function in ("sum", "min", "max"):
        return (SummaryValue(value.function, column.name),)  # type: ignore[arg-type]
    if value.function == "avg":
        return SummaryValue("sum", column.name), SummaryValue("count", column.name)
    return None


def _counted(value: Aggregated, column: Column) -> tuple[SummaryValue, ...] | None:
    if column.place == 0:
        return (SummaryValue("count"),)  # each record has one id, and no other has it
    if value.is_distinct:
        return None if column.type.is_set else (SummaryValue("count_distinct", column.name),)
    return (SummaryValue("count", column.name),)


# ---- percentiles -----------------------------------------------------------------------------


def _percentile(query: Query, rows: TableRows) -> AskData | None:
    if query.keys or len(query.outputs) != 1 or query.order or query.limit is not None or query.offset:
        return None
    output = query.outputs[0]
    value = output.value
    if not isinstance(value, Aggregated) or value.function != "percentile":
        return None
    column, nth = value.arguments
    if not isinstance(column, Column) or not isinstance(nth, Literal):
        return None
    part = Fraction(cast(int, nth.value), 10**nth.type.scale)
    plan = Percentile(column.name, part, records_of(rows))
    return AskData(table=rows.table, plan=plan, finish=(_OneValue(output.name, value.type),))


@dataclass(frozen=True, slots=True)
class _OneValue:
    """The value of a result as its only cell."""

    name: str
    type: SqlType

    def __call__(self, result: Result) -> Result:
        cells: Cells = [cast(Any, result).value]
        return ResultTable(columns=(typed_column(self.name, self.type, cells),))
