"""Summarize: SQL's GROUP BY, SELECT DISTINCT and aggregates, where null is a value of its own."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from roarbase.engine.buffers.arrays import Mask
from roarbase.engine.filters.compiler import selected
from roarbase.engine.filters.filter import Filter, all_of
from roarbase.engine.filters.not_null import held_count_or_none, with_value
from roarbase.engine.grouping.axes import axis_of
from roarbase.engine.grouping.counting import count_distinct, count_groups, count_values, extremes
from roarbase.engine.grouping.tally import Numbers, Tally, aligned_to
from roarbase.engine.operators.cells import typed_column, value_cells
from roarbase.engine.operators.numbers import extreme_of, total_of
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import Summarize, SummaryValue
from roarbase.engine.tables.fields import Field, NumberField
from roarbase.errors import BadRequest
from roarbase.model.results import DataType, ResultColumn, ResultTable

__all__ = ["summarize"]


def summarize(scan: Scan, plan: Summarize) -> Callable[[], ResultTable]:
    """One row per combination of key values, in ascending order, null first."""
    fields = [scan.field(name) for name in plan.keys]
    among = selected(scan, plan.input)
    if not fields:
        columns = [_column(scan, value, [_total(scan, value, among)]) for value in plan.values]
        return lambda: ResultTable(columns=tuple(columns))
    summed = next((value.field for value in plan.values if value.function == "sum" and value.field), None)
    number = None if summed is None else scan.numbers(summed, "sum")
    tally = count_groups(scan, among, [axis_of(field, has_null=_lacks_values(scan, field)) for field in fields], number)
    scan.budget.check_groups(len(tally))
    columns = []
    for value in plan.values:
        scan.budget.check()
        columns.append(_column(scan, value, _per_group(scan, value, among, tally, number)))
    keys = [tally.key(number) for number in range(len(fields))]

    def finish() -> ResultTable:
        cells = (key.cells(ranks, partial(value_cells, scan)) for key, ranks in keys)
        names = [typed_column(field, values) for field, values in zip(fields, cells, strict=True)]
        return ResultTable(columns=(*names, *columns))

    return finish


def _lacks_values(scan: Scan, field: Field) -> bool:
    """Whether some record has no value in the field, as far as is known without reading it."""
    held = held_count_or_none(scan, field) if scan.uses_counters else None
    return held is None or held < scan.table.exists.total


def _total(scan: Scan, value: SummaryValue, among: Filter) -> int | None:
    """One aggregate over all selected records."""
    match value.function:
        case "count":
            return scan.count(_counted_among(scan, value, among))
        case "count_distinct":
            return count_values(scan, among, scan.field(_needed(value)))
        case "sum":
            return total_of(scan, among, scan.numbers(_needed(value), value.function))[1]
        case "min" | "max":
            field = scan.numbers(_needed(value), value.function)
            found = extreme_of(scan, among, field, greatest=value.function == "max")
            return None if found is None else found.value


def _per_group(scan: Scan, value: SummaryValue, among: Filter, tally: Tally, summed: NumberField | None) -> list[Any]:
    """One aggregate per group; None where no record has a value to add up or compare.

    Args:
        summed: The number field that `tally` has added up already.
    """
    if value.function in ("sum", "min", "max"):
        field = scan.numbers(_needed(value), value.function)
        if value.function != "sum":
            return _extremes_per_group(scan, value.function, among, tally, field)
        return _sums_per_group(tally if field is summed else count_groups(scan, among, tally.axes, field))
    if value.function == "count_distinct":
        counts = count_distinct(scan, among, tally, scan.field(_needed(value)))
    elif value.field is None:
        counts = tally.counts
    else:
        counted = count_groups(scan, _counted_among(scan, value, among), tally.axes)
        counts = aligned_to(tally, counted, counted.counts)
    return [*counts.tolist()]


def _sums_per_group(tally: Tally) -> list[Any]:
    assert tally.value_counts is not None
    return _where(tally.value_counts > 0, tally.sums())


def _extremes_per_group(scan: Scan, function: str, among: Filter, tally: Tally, field: NumberField) -> list[Any]:
    held, lows, highs = extremes(scan, among, tally, field)
    return _where(held, lows if function == "min" else highs)


def _where(held: Mask, values: Numbers) -> list[Any]:
    cells = np.full(len(held), None, np.object_)
    cells[held] = values[held]
    return [*cells.tolist()]


def _counted_among(scan: Scan, value: SummaryValue, among: Filter) -> Filter:
    return among if value.field is None else all_of((among, scan.cached(with_value(scan, scan.field(value.field)))))


def _needed(value: SummaryValue) -> str:
    if value.field is None:
        raise BadRequest(f"{value.function} needs a field: only count goes without")
    return value.field


def _column(scan: Scan, value: SummaryValue, cells: list[Any]) -> ResultColumn:
    name = f"{value.function}({value.field or '*'})"
    if value.function in ("count", "count_distinct"):
        return ResultColumn(name=name, type=DataType.UINT64, cells=cells)
    field = scan.numbers(_needed(value), value.function)
    if value.function == "sum":
        return ResultColumn(name=name, type=field.sum_type, cells=cells, scale=field.spec.scale)
    return ResultColumn(name=name, type=field.type, cells=cells, scale=field.spec.places)
