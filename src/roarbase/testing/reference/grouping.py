"""Records by combinations of what they hold, counted and summed up."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from roarbase.engine import plan as p
from roarbase.model import results as r
from roarbase.testing.batches import RecordName
from roarbase.testing.reference.bounds import is_within
from roarbase.testing.reference.records import ReferenceRecords
from roarbase.testing.reference.rows import chosen_rows

__all__ = ["group_by"]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """One combination of rows or numbers: `keys` in the order of the group fields."""

    keys: tuple[Any, ...]
    count: int
    aggregate: int | None = None


def group_by(
    table: ReferenceRecords, plan: p.GroupBy, among: set[RecordName], counted: set[RecordName]
) -> r.GroupsResult:
    """These records by what they hold.

    Args:
        counted: The records that the aggregate is about.
    """
    names = table.ordered(among)
    fields = [options.field for options in plan.fields]
    choices = [_group_choices(table, plan, options) for options in plan.fields]
    members: dict[tuple[Any, ...], list[RecordName]] = {}
    for name in names:
        lists = [
            [v for v in table.values(name, options.field, options.during) if v in choice]
            for options, choice in zip(plan.fields, choices, strict=True)
        ]
        for combination in itertools.product(*lists):
            members.setdefault(combination, []).append(name)
    orders = [table.order(field) for field in fields]
    ordered = sorted(members, key=lambda keys: [order(k) for order, k in zip(orders, keys, strict=True)])
    groups = [_group(table, plan, keys, members[keys], counted) for keys in ordered]
    if isinstance(plan.aggregate, p.Sum):
        groups = [group for group in groups if group.count]
    if plan.after:
        groups = [group for group in groups if _is_behind(table, plan.fields, choices, group.keys)]
    groups = _having_order_limit(plan, groups)
    columns = tuple(
        replace(table.column(field), cells=[group.keys[number] for group in groups])
        for number, field in enumerate(fields)
    )
    aggregate = _aggregate_column(table, plan)
    if aggregate is not None:
        aggregate = replace(aggregate, cells=[group.aggregate for group in groups])
    return r.GroupsResult(fields=columns, counts=[group.count for group in groups], aggregate=aggregate)


def _group_choices(table: ReferenceRecords, plan: p.GroupBy, options: p.GroupField) -> list[Any]:
    return chosen_rows(table, replace(options, after=None) if plan.after else options, set(table.records))


def _group(
    table: ReferenceRecords, plan: p.GroupBy, keys: tuple[Any, ...], names: list[RecordName], counted: set[RecordName]
) -> _Group:
    match plan.aggregate:
        case None:
            return _Group(keys=keys, count=len(names))
        case p.Sum():
            values = table.numbers(counted.intersection(names), plan.aggregate.field)
            return _Group(keys=keys, count=len(values), aggregate=sum(values))
        case p.CountDistinct():
            among = counted.intersection(names)
            return _Group(keys=keys, count=len(names), aggregate=len(table.distinct(among, plan.aggregate.field)))


def _aggregate_column(table: ReferenceRecords, plan: p.GroupBy) -> r.ResultColumn | None:
    match plan.aggregate:
        case None:
            return None
        case p.Sum(field):
            scale = table.specs[field].scale
            return r.ResultColumn(name="sum", type=table.sum_type(field), cells=(), scale=scale)
        case p.CountDistinct():
            return r.ResultColumn(name="aggregate", type=r.DataType.UINT64, cells=())


def _is_behind(
    table: ReferenceRecords, fields: Sequence[p.GroupField], choices: list[list[Any]], keys: tuple[Any, ...]
) -> bool:
    """Whether a group comes behind the combination of the fields' `after` rows."""
    given = max((i for i, options in enumerate(fields) if options.after is not None), default=-1)
    for i in range(given + 1):
        order, after = table.order(fields[i].field), fields[i].after
        start = order(choices[i][0] if after is None else after)
        if order(keys[i]) != start:
            return order(keys[i]) > start
    return given < len(fields) - 1


def _having_order_limit(plan: p.GroupBy, groups: list[_Group]) -> list[_Group]:
    having = plan.having
    if having is not None:
        numbers = [is_within(_subject(g, having.subject), having.low, having.high) for g in groups]
        groups = [g for g, is_within in zip(groups, numbers, strict=True) if is_within != having.is_negated]
    for order in reversed(plan.order):
        subjects = {g.keys: _subject(g, order.subject) for g in groups}
        by_keys = {g.keys: g for g in groups}
        # Stable in both directions: `reverse` keeps equals in their order.
        groups = [by_keys[k] for k in sorted(by_keys, key=subjects.__getitem__, reverse=order.is_descending)]
    stop = None if plan.limit is None else plan.offset + plan.limit
    return groups[plan.offset : stop]


def _subject(group: _Group, subject: str) -> int:
    return group.count if subject == "count" else group.aggregate or 0
