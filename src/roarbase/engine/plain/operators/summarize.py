"""Summarize: SQL's GROUP BY, SELECT DISTINCT and aggregates, where null is a value of its own."""

from typing import Any

import numpy as np

from roarbase.engine.plain.arrays import Int64s
from roarbase.engine.plain.operators.bitmaps import mask_of
from roarbase.engine.plain.operators.cells import typed_column
from roarbase.engine.plain.operators.grouping import Groups, distinct_per_group, group_records, keys_of
from roarbase.engine.plain.operators.numbers import sum_type
from roarbase.engine.plain.operators.scan import Scan
from roarbase.engine.plain.operators.totals import counts_per_group, extremes_per_group, sums_per_group
from roarbase.engine.plan import Summarize, SummaryValue
from roarbase.errors import BadRequest
from roarbase.model.results import DataType, ResultColumn, ResultTable

__all__ = ["summarize"]


def summarize(scan: Scan, plan: Summarize) -> ResultTable:
    """One row per combination of key values, in ascending order, null first."""
    fields = [scan.field(name) for name in plan.keys]
    positions = np.flatnonzero(mask_of(scan, plan.input))
    keys = [keys_of(field, positions, with_null=True) for field in fields]
    scan.budget.check()
    groups = group_records(keys, len(positions))
    columns = [typed_column(key.field, key.cells(ranks)) for key, ranks in zip(keys, groups.ranks, strict=True)]
    for value in plan.values:
        scan.budget.check()
        columns.append(_value_column(scan, value, groups, positions))
    return ResultTable(columns=tuple(columns))


def _value_column(scan: Scan, value: SummaryValue, groups: Groups, positions: Int64s) -> ResultColumn:
    match value.function:
        case "count":
            return _counted("count", value.field, _counts(scan, value.field, groups, positions))
        case "count_distinct":
            key = keys_of(scan.field(_needed(value)), positions)
            return _counted("count_distinct", value.field, distinct_per_group(groups, key, len(positions)))
        case "sum" | "min" | "max":
            return _number_column(scan, value, groups, positions)


def _needed(value: SummaryValue) -> str:
    if value.field is None:
        raise BadRequest(f"{value.function} needs a field: only count goes without")
    return value.field


def _counted(function: str, field: str | None, counts: Int64s) -> ResultColumn:
    return ResultColumn(name=f"{function}({field or '*'})", type=DataType.UINT64, cells=counts.tolist())


def _counts(scan: Scan, name: str | None, groups: Groups, positions: Int64s) -> Int64s:
    """Per group, how many records there are, or have a value of the field."""
    if name is None:
        return counts_per_group(groups.numbers, groups.count)
    held = scan.field(name).column.held(scan.size)[positions]
    return counts_per_group(groups.numbers[held[groups.indexes]], groups.count)


def _number_column(scan: Scan, value: SummaryValue, groups: Groups, positions: Int64s) -> ResultColumn:
    """Per group, the sum, minimum or maximum of a number field; None where no record has a value."""
    name = _needed(value)
    field = scan.number_field(name, value.function)
    values, held = field.column.values_at(positions)
    taken = held[groups.indexes]
    numbers, members = groups.numbers[taken], values[groups.indexes[taken]]
    if value.function == "sum":
        totals = sums_per_group(numbers, members, groups.count)
    else:
        totals = extremes_per_group(value.function, numbers, members, groups.count).tolist()
    counts = counts_per_group(numbers, groups.count).tolist()
    cells: list[Any] = [total if count else None for total, count in zip(totals, counts, strict=True)]
    data_type = sum_type(field) if value.function == "sum" else field.type
    return ResultColumn(name=f"{value.function}({name})", type=data_type, cells=cells, scale=field.spec.scale)
