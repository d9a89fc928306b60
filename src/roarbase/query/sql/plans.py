"""The typed tree to a plan and its finishing steps.

Records are extracted, groups summarized. What the plan can order and cut, it does; the rest is
done on the table it gives, which holds a row per group.
"""

from roarbase.engine.plan import (
    Bitmap,
    Count,
    Distinct,
    Extract,
    NotNull,
    Plan,
    RecordOrder,
    Referred,
    Referring,
    Summarize,
    SummaryValue,
)
from roarbase.query.program import AskData, Finish
from roarbase.query.sql.aggregates import aggregate
from roarbase.query.sql.bitmaps import bitmap_of
from roarbase.query.sql.combine import intersect
from roarbase.query.sql.finish import AddAverage, CutRows, KeepRows, OrderRows, RowOrder, Shape, ShapeColumns
from roarbase.query.sql.form import data_type
from roarbase.query.sql.names import RECORD_ID
from roarbase.query.sql.tree import (
    Aggregate,
    And,
    Condition,
    Constant,
    Field,
    IsNull,
    Joined,
    Like,
    OneOf,
    Operand,
    Or,
    Order,
    Ordered,
    Select,
)

__all__ = ["plan_select"]


def plan_select(select: Select) -> AskData:
    """What to ask the engine for a statement that has passed all rewrites."""
    records = _records(select)
    if select.is_grouped:
        return _ask_groups(select, records)
    return _ask_records(select, records)


def _records(select: Select) -> Bitmap:
    """The records that the statement is about."""
    return intersect([bitmap_of(select.where), *map(_joined, select.joined)])


def _joined(joined: Joined) -> Bitmap:
    """The records that are joined to some record of another table."""
    table, records = joined.records.table.id, _records(joined.records)
    if joined.own.name == RECORD_ID:
        return Referred(table, joined.other.name, records)
    return Referring(joined.own.name, table, records)


# ---- a row per record ----------------------------------------------------------------------


def _ask_records(select: Select, records: Bitmap) -> AskData:
    asked = [o.operand for o in select.outputs]
    fields = dict.fromkeys(a for a in asked if isinstance(a, Field) and a.name != RECORD_ID)
    places: dict[Operand, int] = {field: place for place, field in enumerate(fields, start=1)}
    places.update(dict.fromkeys((a for a in asked if a not in places), 0))  # `_id` comes first
    return AskData(
        table=select.table,
        plan=Extract(
            input=records,
            fields=tuple(field.name for field in fields),
            order=tuple(map(_record_order, select.order)),
            limit=select.limit,
            offset=select.offset,
        ),
        finish=(_shape(select, places, by_member=False),),
    )


def _record_order(order: Order) -> RecordOrder:
    assert isinstance(order.operand, Field), "records are ordered by their fields"
    return RecordOrder(
        order.operand.name, order.is_descending, are_nulls_highest=order.nulls_first == order.is_descending
    )


# ---- a row per group -----------------------------------------------------------------------


def _ask_groups(select: Select, records: Bitmap) -> AskData:
    wanted = _aggregates(select)
    values = tuple(dict.fromkeys(part for a in wanted for part in _parts(a)))
    columns: list[Operand] = [*select.keys, *values]
    places = {operand: place for place, operand in enumerate(columns)}
    finish: list[Finish] = []
    for average in (a for a in wanted if a.function == "avg"):
        total, count = _parts(average)
        scale = average.field.type.scale if average.field is not None else 0
        finish.append(AddAverage(places[total], places[count], scale))
        places[average] = len(places)
    if select.having != Constant(True):
        finish.append(KeepRows(select.having, tuple(places)))
    if select.order:
        finish.append(_order_rows(select.order, places))
    finish += [*_cut_rows(select), _shape(select, places, by_member=True)]
    return AskData(table=select.table, plan=_group_plan(select, records, values), finish=tuple(finish))


def _group_plan(select: Select, records: Bitmap, values: tuple[Aggregate, ...]) -> Plan:
    keys = tuple(key.name for key in select.keys)
    summary = tuple(_summary_value(value) for value in values)
    if not keys and summary == (SummaryValue("count"),):
        return Count(records)
    if len(keys) == 1 and not summary:
        return Distinct(keys[0], records)
    # In the form of June 2022 a record without a value in some key is in no group, as in PQL.
    return Summarize(input=intersect([records, *map(NotNull, keys)]), keys=keys, values=summary)


def _summary_value(value: Aggregate) -> SummaryValue:
    assert value.function != "avg", "averages are taken apart before"
    if value.field is None or value.field.name == RECORD_ID:
        return SummaryValue("count")  # each record has one id, and no other has it
    return SummaryValue(value.function, value.field.name)


def _parts(value: Aggregate) -> tuple[Aggregate, ...]:
    """The values from which an aggregate is made: an average from sum and count, any other as it is."""
    if value.function != "avg":
        return (value,)
    return aggregate("sum", value.field), aggregate("count", value.field)


def _aggregates(select: Select) -> list[Aggregate]:
    """Every aggregate that the statement names, once, those of the answer first."""
    operands = [o.operand for o in select.outputs]
    operands += _operands(select.having)
    operands += [o.operand for o in select.order]
    return list(dict.fromkeys(o for o in operands if isinstance(o, Aggregate)))


def _operands(condition: Condition) -> list[Operand]:
    match condition:
        case And(inputs) | Or(inputs):
            return [operand for i in inputs for operand in _operands(i)]
        case OneOf(operand) | Ordered(operand) | Like(operand) | IsNull(operand):
            return [operand]
    return []


# ---- both ----------------------------------------------------------------------------------


def _order_rows(order: tuple[Order, ...], places: dict[Operand, int]) -> OrderRows:
    return OrderRows(tuple(RowOrder(places[o.operand], o.is_descending, o.nulls_first) for o in order))


def _cut_rows(select: Select) -> list[Finish]:
    if select.limit is None and not select.offset:
        return []
    return [CutRows(select.limit, select.offset)]


def _shape(select: Select, places: dict[Operand, int], *, by_member: bool) -> ShapeColumns:
    return ShapeColumns(
        tuple(
            Shape(places[o.operand], o.name, data_type(o.operand, by_member=by_member), o.operand.type.scale)
            for o in select.outputs
        )
    )
