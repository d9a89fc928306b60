"""GroupBy: combinations of one value per field, counted, as PQL asks for them."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.filters.compiler import selected
from roarbase.engine.filters.filter import Filter, all_of
from roarbase.engine.grouping.axes import Axis, axis_of
from roarbase.engine.grouping.counting import count_distinct, count_groups
from roarbase.engine.grouping.tally import Numbers, Tally
from roarbase.engine.operators.cells import typed_column, value_cells
from roarbase.engine.operators.choices import chosen_codes, chosen_values, is_limited
from roarbase.engine.operators.paging import chosen_groups
from roarbase.engine.operators.scan import Scan, check_window
from roarbase.engine.plan import CountDistinct, GroupBy, GroupField, Sum
from roarbase.engine.tables.fields import RowField
from roarbase.errors import BadRequest
from roarbase.model.results import DataType, GroupsResult, ResultColumn

__all__ = ["group_by"]


def group_by(scan: Scan, plan: GroupBy) -> Callable[[], GroupsResult]:
    """The groups with at least one record."""
    _check(plan)
    axes = [_axis(scan, plan, options) for options in plan.fields]
    aggregate_column = _aggregate_column(scan, plan)
    tally, counts, aggregates = _counted(scan, plan, axes, selected(scan, plan.input))
    scan.budget.check()
    keys = [tally.key(number) for number in range(len(axes))]
    chosen = chosen_groups(plan, keys, counts, aggregates)
    scan.budget.check_groups(len(chosen))

    def finish() -> GroupsResult:
        cells = (key.cells(ranks[chosen], partial(value_cells, scan)) for key, ranks in keys)
        fields = tuple(typed_column(axis.field, given) for axis, given in zip(axes, cells, strict=True))
        column = None
        if aggregate_column is not None and aggregates is not None:
            column = replace(aggregate_column, cells=aggregates[chosen].tolist())
        return GroupsResult(fields=fields, counts=counts[chosen].tolist(), aggregate=column)

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


def _axis(scan: Scan, plan: GroupBy, options: GroupField) -> Axis:
    field = scan.during(scan.field(options.field), options.during)
    if plan.after:
        options = replace(options, after=None)  # the combination counts then, not each field alone
    elif not is_limited(options):
        return axis_of(field)
    if isinstance(field, RowField):
        return axis_of(field, chosen_codes(scan, field, options))
    return axis_of(field, chosen_values(scan, field, options))


def _counted(scan: Scan, plan: GroupBy, axes: list[Axis], among: Filter) -> tuple[Tally, Int64s, Numbers | None]:
    """The groups with their counts and aggregates."""
    match plan.aggregate:
        case None:
            tally = count_groups(scan, among, axes)
            return tally, tally.counts, None
        case CountDistinct():
            tally = count_groups(scan, among, axes)
            among = all_of((among, selected(scan, plan.aggregate.input)))
            return tally, tally.counts, count_distinct(scan, among, tally, scan.field(plan.aggregate.field))
        case Sum():
            field = scan.numbers(plan.aggregate.field, "Sum")
            among = all_of((among, selected(scan, plan.aggregate.input)))
            tally = count_groups(scan, among, axes, field)
            assert tally.value_counts is not None
            tally = tally.only(tally.value_counts > 0)
            assert tally.value_counts is not None
            return tally, tally.value_counts, tally.sums()


def _aggregate_column(scan: Scan, plan: GroupBy) -> ResultColumn | None:
    """The empty column that names and types the aggregate."""
    match plan.aggregate:
        case None:
            return None
        case CountDistinct():
            scan.field(plan.aggregate.field)
            return ResultColumn(name="aggregate", type=DataType.UINT64, cells=())
        case Sum():
            field = scan.numbers(plan.aggregate.field, "Sum")
            return ResultColumn(name="sum", type=field.sum_type, cells=(), scale=field.spec.scale)
