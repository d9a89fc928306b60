"""GroupBy: combinations of one value per field, counted, as PQL asks for them.

Order of work: groups and their aggregate, `after`, having, order, offset, limit.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from roarbase.engine.plain.arrays import Int64s, Mask
from roarbase.engine.plain.field import Field, RowField
from roarbase.engine.plain.operators.bitmaps import mask_of
from roarbase.engine.plain.operators.cells import typed_column
from roarbase.engine.plain.operators.choices import (
    chosen_codes,
    chosen_values,
    is_limited,
    row_id_of,
    value_of,
)
from roarbase.engine.plain.operators.gathering import Gathered, gather
from roarbase.engine.plain.operators.grouping import (
    FieldKeys,
    Groups,
    distinct_per_group,
    group_records,
    keys_of,
)
from roarbase.engine.plain.operators.numbers import sum_type
from roarbase.engine.plain.operators.scan import Finish, Scan, check_window
from roarbase.engine.plain.operators.totals import counts_per_group, sums_per_group
from roarbase.engine.plan import CountDistinct, GroupBy, GroupField, Having, RowName, Sum
from roarbase.errors import BadRequest
from roarbase.model.fields import FieldType
from roarbase.model.results import DataType, Group, GroupsResult, ResultColumn

__all__ = ["group_by"]


@dataclass(frozen=True, slots=True)
class _Counted:
    """Groups in ascending order, with their numbers. `ranks` per field, the others per group."""

    keys: tuple[FieldKeys, ...]
    ranks: tuple[Int64s, ...]
    counts: list[int]
    aggregates: list[int] | None


def group_by(scan: Scan, plan: GroupBy) -> Finish:
    """The groups with at least one record."""
    _check(plan)
    fields = [_group_field(scan, options) for options in plan.fields]
    domains = [
        _domain(scan, field, options, is_paging=plan.after) for field, options in zip(fields, plan.fields, strict=True)
    ]
    aggregate = _aggregate_column(scan, plan)
    mask = mask_of(scan, plan.input)
    if plan.aggregate is None and len(fields) == 1 and isinstance(fields[0], RowField):
        count_groups = _gather_rows(fields[0], domains[0], mask)
    else:
        count_groups = _gather_combinations(scan, plan, fields, domains, np.flatnonzero(mask))

    def finish() -> GroupsResult:
        counted = count_groups()
        scan.budget.check()
        chosen = _chosen(plan, counted)
        cells = [key.cells(ranks[chosen]) for key, ranks in zip(counted.keys, counted.ranks, strict=True)]
        counts, aggregates = counted.counts, counted.aggregates
        groups = tuple(
            Group(keys=keys, count=counts[number], aggregate=None if aggregates is None else aggregates[number])
            for number, keys in zip(chosen, zip(*cells, strict=True), strict=True)
        )
        return GroupsResult(fields=tuple(typed_column(field) for field in fields), groups=groups, aggregate=aggregate)

    return finish


def _check(plan: GroupBy) -> None:
    if not plan.fields:
        raise BadRequest("GroupBy needs at least one field")
    check_window(plan.limit, plan.offset)
    wants_aggregate = any(o.subject == "aggregate" for o in plan.order) or (
        plan.having is not None and plan.having.subject == "sum"
    )
    if wants_aggregate and plan.aggregate is None:
        raise BadRequest("GroupBy has no aggregate to choose or order groups by")


def _group_field(scan: Scan, options: GroupField) -> Field:
    field = scan.field(options.field)
    if field.spec.type is FieldType.DECIMAL:
        raise BadRequest(
            f"field {options.field!r} is a decimal: GroupBy takes set, mutex, time, bool, int and timestamp fields",
            field=options.field,
        )
    return field


def _domain(scan: Scan, field: Field, options: GroupField, *, is_paging: bool) -> Int64s | None:
    """The codes or numbers that a field's options leave; None for all."""
    if is_paging:
        options = replace(options, after=None)  # the combination counts then, not each field alone
    if not is_paging and not is_limited(options):
        return None
    return chosen_codes(scan, field, options) if isinstance(field, RowField) else chosen_values(scan, field, options)


def _gather_rows(field: RowField, domain: Int64s | None, mask: Mask) -> Callable[[], _Counted]:
    """One field with rows, only counted: no need to look at records one by one."""
    counts_by_code = field.column.counts(mask, len(field.names))

    def count_groups() -> _Counted:
        codes = field.in_row_order(np.flatnonzero(counts_by_code)) if domain is None else domain
        counts = counts_by_code[codes]
        ranks = np.flatnonzero(counts)
        nothing = np.zeros(0, np.int64)
        key = FieldKeys(field=field, domain=codes, indexes=nothing, ranks=nothing)
        return _Counted((key,), (ranks,), counts[ranks].tolist(), None)

    return count_groups


def _gather_combinations(
    scan: Scan, plan: GroupBy, fields: Sequence[Field], domains: Sequence[Int64s | None], positions: Int64s
) -> Callable[[], _Counted]:
    gathered = [gather(field, positions) for field in fields]
    aggregated = _gather_aggregated(scan, plan.aggregate, positions)

    def count_groups() -> _Counted:
        keys = tuple(keys_of(column(), domain) for column, domain in zip(gathered, domains, strict=True))
        scan.budget.check()
        groups = group_records(keys, len(positions))
        scan.budget.check()
        counts = counts_per_group(groups.numbers, groups.count)
        if aggregated is None:
            return _Counted(keys, groups.ranks, counts.tolist(), None)
        if isinstance(plan.aggregate, CountDistinct):
            distinct: list[int] = distinct_per_group(groups, keys_of(aggregated()), len(positions)).tolist()
            return _Counted(keys, groups.ranks, counts.tolist(), distinct)
        counts, sums = _sums(groups, aggregated())
        kept = np.flatnonzero(counts)
        ranks = tuple(r[kept] for r in groups.ranks)
        return _Counted(keys, ranks, counts[kept].tolist(), [sums[number] for number in kept.tolist()])

    return count_groups


def _gather_aggregated(
    scan: Scan, aggregate: Sum | CountDistinct | None, positions: Int64s
) -> Callable[[], Gathered] | None:
    """The values that the aggregate is of: those of its own input."""
    if aggregate is None:
        return None
    gathered = gather(scan.field(aggregate.field), positions)
    is_counted = mask_of(scan, aggregate.input)[positions]

    def aggregated() -> Gathered:
        return gathered().among(is_counted)

    return aggregated


def _sums(groups: Groups, aggregated: Gathered) -> tuple[Int64s, list[int]]:
    """Per group, how many records have a value, and the sum of these."""
    taken = aggregated.held[groups.indexes]
    numbers = groups.numbers[taken]
    sums = sums_per_group(numbers, aggregated.values()[groups.indexes[taken]], groups.count)
    return counts_per_group(numbers, groups.count), sums


def _aggregate_column(scan: Scan, plan: GroupBy) -> ResultColumn | None:
    """The empty column that names and types the aggregate."""
    match plan.aggregate:
        case None:
            return None
        case CountDistinct() as distinct:
            scan.field(distinct.field)
            return ResultColumn(name="aggregate", type=DataType.UINT64, cells=())
        case Sum() as total:
            field = scan.number_field(total.field, "Sum")
            return ResultColumn(name="sum", type=sum_type(field), cells=(), scale=field.spec.scale)


def _chosen(plan: GroupBy, counted: _Counted) -> list[int]:
    """The numbers of the groups to give, in the order to give them."""
    chosen = [*range(len(counted.counts))]
    if plan.after:
        chosen = np.flatnonzero(_is_behind(plan.fields, counted)).tolist()
    subjects = {"count": counted.counts, "sum": counted.aggregates or [], "aggregate": counted.aggregates or []}
    if plan.having is not None:
        subject = subjects[plan.having.subject]
        chosen = [number for number in chosen if _passes(plan.having, subject[number])]
    for order in reversed(plan.order):  # the sort is stable, so the first order comes last
        chosen.sort(key=subjects[order.subject].__getitem__, reverse=order.is_descending)
    stop = None if plan.limit is None else plan.offset + plan.limit
    return chosen[plan.offset : stop]


def _passes(having: Having, value: int) -> bool:
    is_within = (having.low is None or having.low <= value) and (having.high is None or value <= having.high)
    return is_within != having.is_negated


def _is_behind(fields: Sequence[GroupField], counted: _Counted) -> Mask:
    """Which groups come strictly behind the combination of the fields' `after`.

    A field without `after` counts as its first row, behind the last one that has it as before all rows.
    """
    behind = np.zeros(len(counted.counts), np.bool_)
    equal = ~behind
    given = [i for i, options in enumerate(fields) if options.after is not None]
    for i in range(given[-1] + 1 if given else 0):
        # Ranks are doubled, so that a value that does not occur finds its place between two ranks.
        after = fields[i].after
        place = 1 if after is None else _place(counted.keys[i], after)
        here = 2 * counted.ranks[i] + 1
        behind |= equal & (here > place)
        equal &= here == place
    return behind if given and given[-1] == len(fields) - 1 else behind | equal


def _place(key: FieldKeys, after: RowName) -> int:
    """Where a row or value stands among the doubled ranks."""
    if isinstance(key.field, RowField):
        wanted = row_id_of(key.field, after)
        values: list[int] = key.field.names.row_ids(key.domain).tolist()
    else:
        wanted = value_of(key.field, after)
        values = key.domain.tolist()
    below = bisect_left(values, wanted)
    return 2 * below + (below < len(values) and values[below] == wanted)
