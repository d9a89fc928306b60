"""Figures of records, altogether or by group."""

import itertools
from collections.abc import Callable
from typing import Any

from roarbase.engine.plan import Summarize, SummaryValue
from roarbase.model.results import DataType, ResultColumn, ResultTable
from roarbase.testing.batches import RecordName
from roarbase.testing.reference.records import ReferenceRecords

__all__ = ["summarize"]

_TOTALS: dict[str, Callable[[list[int]], int]] = {"sum": sum, "min": min, "max": max}


def summarize(table: ReferenceRecords, plan: Summarize, among: set[RecordName]) -> ResultTable:
    """Figures of these records, or of groups of them by what they hold."""
    members: dict[tuple[Any, ...], list[RecordName]] = {} if plan.keys else {(): []}
    for name in table.ordered(among):
        for combination in itertools.product(*((table.values(name, f) or [None]) for f in plan.keys)):
            members.setdefault(combination, []).append(name)
    orders = [table.order(field) for field in plan.keys]
    ordered = sorted(
        members,
        key=lambda keys: [
            (k is not None, None if k is None else order(k)) for order, k in zip(orders, keys, strict=True)
        ],
    )
    columns = [table.column(field, [keys[i] for keys in ordered]) for i, field in enumerate(plan.keys)]
    columns += [_summary(table, value, [members[keys] for keys in ordered]) for value in plan.values]
    return ResultTable(columns=tuple(columns))


def _summary(table: ReferenceRecords, value: SummaryValue, groups: list[list[RecordName]]) -> ResultColumn:
    name = f"{value.function}({value.field or '*'})"
    field = value.field
    if field is None:
        return ResultColumn(name=name, type=DataType.UINT64, cells=[len(names) for names in groups])
    if value.function == "count":
        cells = [sum(bool(table.held(n, field)) for n in names) for names in groups]
        return ResultColumn(name=name, type=DataType.UINT64, cells=cells)
    if value.function == "count_distinct":
        cells = [len(table.distinct(names, field)) for names in groups]
        return ResultColumn(name=name, type=DataType.UINT64, cells=cells)
    function: Callable[[list[int]], int] = _TOTALS[value.function]
    numbers = [table.numbers(names, field) for names in groups]
    totals = [function(n) if n else None for n in numbers]
    if value.function == "sum":
        return ResultColumn(name=name, type=table.sum_type(field), cells=totals, scale=table.specs[field].scale)
    return ResultColumn(name=name, type=table.type(field), cells=totals, scale=table.specs[field].places)
