"""Extract: field values of records, ordered and cut."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, squeeze
from roarbase.engine.filters.compiler import selected
from roarbase.engine.filters.filter import Filter
from roarbase.engine.names.row_names import KeyRows
from roarbase.engine.operators.cells import field_column, record_cells
from roarbase.engine.operators.first_by import first_by
from roarbase.engine.operators.first_records import first_records
from roarbase.engine.operators.gathered import Gathered, Members
from roarbase.engine.operators.gathering import gather, gather_at
from roarbase.engine.operators.limits import check_records
from roarbase.engine.operators.ordering import SortKey, are_rising, by_record, order_of
from roarbase.engine.operators.referring import referred_keys
from roarbase.engine.operators.scan import Scan, check_window, describe
from roarbase.engine.plan import Extract, RecordOrder
from roarbase.engine.tables.fields import Field, NumberField, ReferenceField
from roarbase.errors import BadRequest
from roarbase.model.results import DataType, ExtractResult, ResultColumn

__all__ = ["extract"]


def extract(scan: Scan, plan: Extract) -> Callable[[], ExtractResult]:
    """The records and the fields asked for, one column each."""
    check_window(plan.limit, plan.offset)
    fields = scan.all_asked(plan.fields)
    order_fields = [_order_field(scan, order) for order in plan.order]
    stop = None if plan.limit is None else plan.offset + plan.limit
    check_records(scan, plan.input, plan.limit, plan.offset)
    gathered = _gathered(scan, plan, stop)
    record_type = scan.record_type

    def finish() -> ExtractResult:
        found = gathered()
        chosen = _chosen(found, _sort_keys(scan, plan.order, order_fields, found), stop, plan.offset)
        records = ResultColumn(name="_id", type=record_type, cells=record_cells(chosen))
        columns = zip(fields, chosen.fields, strict=False)  # those to sort by stand behind
        return ExtractResult(records=records, fields=tuple(field_column(scan, *column) for column in columns))

    return finish


def _gathered(scan: Scan, plan: Extract, stop: int | None) -> Callable[[], Gathered]:
    """Values of all records that may be in the answer: the fields asked for, then those to sort by."""
    fields = (*plan.fields, *(order.field for order in plan.order if order.field != "_id"))
    if stop is not None and _is_by_id(scan, plan.order):
        is_descending = bool(plan.order) and plan.order[0].is_descending
        first = first_records(scan, selected(scan, plan.input), stop, is_descending=is_descending)
        found = gather_at(scan, np.sort(first), fields)
        return lambda: found
    return gather(scan, partial(_candidates, plan=plan, stop=stop), fields)


def _is_by_id(scan: Scan, orders: Sequence[RecordOrder]) -> bool:
    """Whether records come in the order that they have anyway, or in the reverse one."""
    if not orders:
        return True
    return len(orders) == 1 and orders[0].field == "_id" and scan.record_type is not DataType.STRING


def _candidates(scan: Scan, plan: Extract, stop: int | None) -> Filter:
    among = selected(scan, plan.input)
    return among if stop is None or not plan.order else first_by(scan, among, plan.order[0], stop)


def _order_field(scan: Scan, order: RecordOrder) -> Field | None:
    """The field to sort by; None for the record itself."""
    if order.field == "_id":
        return None
    field = scan.field(order.field)
    if field.spec.type.is_multivalued:
        raise BadRequest(
            f"field {order.field!r} is {describe(field.spec)}: records cannot be ordered by several values",
            field=order.field,
        )
    return field


def _chosen(found: Gathered, keys: Sequence[SortKey], stop: int | None, offset: int) -> Gathered:
    """What is asked for of what was gathered, in order of these keys and then of record."""
    if not keys and not offset and (stop is None or stop >= len(found.ids)) and are_rising(found.ids):
        return found
    rows = order_of([*keys, found.ids], stop) if keys else by_record(found.ids, stop)
    return found.at(rows[offset:])


def _sort_keys(
    scan: Scan, orders: Sequence[RecordOrder], fields: Sequence[Field | None], found: Gathered
) -> list[SortKey]:
    """What to sort by: of each order whether there is a value (none is lowest or highest), then the value."""
    values = iter(found.fields[len(found.fields) - sum(field is not None for field in fields) :])
    keys: list[SortKey] = []
    for order, field in zip(orders, fields, strict=True):
        if field is None:
            own = [_record_key(found)]
        else:
            held, ranks = _field_keys(scan, field, next(values))
            own = [~held if order.are_nulls_highest else held, ranks]
        keys += [~key for key in own] if order.is_descending else own
    return keys


def _record_key(found: Gathered) -> SortKey:
    """Records by id; keys alphabetically."""
    return found.ids if found.keys is None else _ranks(found.keys.cells())


def _field_keys(scan: Scan, field: Field, values: Members) -> tuple[SortKey, SortKey]:
    held = values.held.view(np.uint8)
    if isinstance(field, NumberField) and not isinstance(field, ReferenceField):
        return held, values.values()
    distinct, places = squeeze(values.members)
    if isinstance(field, ReferenceField):
        ranks = _ranks(referred_keys(scan, field, distinct))
    elif isinstance(field.names, KeyRows):
        ranks = _ranks(field.names.keys.keys_at(distinct))
    else:
        ranks = np.argsort(np.argsort(field.names.row_ids(distinct)))
    keys = np.zeros(values.count, np.int64)
    keys[values.indexes] = ranks[places]
    return held, keys


def _ranks(texts: list[str]) -> Int64s:
    """The place of each text, all different, in alphabetical order of code points."""
    by_text = sorted(range(len(texts)), key=texts.__getitem__)
    ranks = np.empty(len(texts), np.int64)
    ranks[by_text] = np.arange(len(texts))
    return ranks
