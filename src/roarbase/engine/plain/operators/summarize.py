"""Summarize: SQL's GROUP BY, SELECT DISTINCT and aggregates, where null is a value of its own."""

from collections.abc import Callable
from typing import Any

import numpy as np

from roarbase.engine.plain.arrays import Int64s
from roarbase.engine.plain.field import NumberField
from roarbase.engine.plain.operators.bitmaps import mask_of
from roarbase.engine.plain.operators.cells import typed_column
from roarbase.engine.plain.operators.gathering import Gathered, gather
from roarbase.engine.plain.operators.grouping import Groups, distinct_per_group, group_records, keys_of
from roarbase.engine.plain.operators.numbers import sum_type
from roarbase.engine.plain.operators.scan import Finish, Scan
from roarbase.engine.plain.operators.totals import counts_per_group, extremes_per_group, sums_per_group
from roarbase.engine.plan import Summarize, SummaryValue
from roarbase.errors import BadRequest
from roarbase.model.results import DataType, ResultColumn, ResultTable

__all__ = ["summarize"]


def summarize(scan: Scan, plan: Summarize) -> Finish:
    """One row per combination of key values, in ascending order, null first."""
    fields = [scan.field(name) for name in plan.keys]
    positions = np.flatnonzero(mask_of(scan, plan.input))
    gathered = [gather(field, positions) for field in fields]
    inputs = [_gather_input(scan, value, positions) for value in plan.values]

    def finish() -> ResultTable:
        keys = [keys_of(key(), with_null=True) for key in gathered]
        scan.budget.check()
        groups = group_records(keys, len(positions))
        columns = [typed_column(key.field, key.cells(ranks)) for key, ranks in zip(keys, groups.ranks, strict=True)]
        for value, values in zip(plan.values, inputs, strict=True):
            scan.budget.check()
            columns.append(_value_column(value, None if values is None else values(), groups))
        return ResultTable(columns=tuple(columns))

    return finish


def _gather_input(scan: Scan, value: SummaryValue, positions: Int64s) -> Callable[[], Gathered] | None:
    """The values of the field that an aggregate is of; None for count(*)."""
    scan.budget.check()
    if value.field is None:
        if value.function == "count":
            return None
        raise BadRequest(f"{value.function} needs a field: only count goes without")
    if value.function in ("sum", "min", "max"):
        return gather(scan.number_field(value.field, value.function), positions)
    return gather(scan.field(value.field), positions)


def _value_column(value: SummaryValue, values: Gathered | None, groups: Groups) -> ResultColumn:
    name = f"{value.function}({value.field or '*'})"
    if values is None:
        return _counted(name, counts_per_group(groups.numbers, groups.count))
    if value.function == "count":
        held = values.held[groups.indexes]
        return _counted(name, counts_per_group(groups.numbers[held], groups.count))
    if value.function == "count_distinct":
        return _counted(name, distinct_per_group(groups, keys_of(values), values.count))
    return _number_column(name, value.function, values, groups)


def _counted(name: str, counts: Int64s) -> ResultColumn:
    return ResultColumn(name=name, type=DataType.UINT64, cells=counts.tolist())


def _number_column(name: str, function: str, values: Gathered, groups: Groups) -> ResultColumn:
    """Per group, the sum, minimum or maximum of a number field; None where no record has a value."""
    field = values.field
    assert isinstance(field, NumberField)
    taken = values.held[groups.indexes]
    numbers, members = groups.numbers[taken], values.values()[groups.indexes[taken]]
    if function == "sum":
        totals = sums_per_group(numbers, members, groups.count)
    else:
        totals = extremes_per_group(function, numbers, members, groups.count).tolist()
    counts = counts_per_group(numbers, groups.count).tolist()
    cells: list[Any] = [total if count else None for total, count in zip(totals, counts, strict=True)]
    is_sum = function == "sum"
    return ResultColumn(
        name=name,
        type=sum_type(field) if is_sum else field.type,
        cells=cells,
        scale=field.spec.scale if is_sum else field.spec.places,
    )
