"""Extract: field values of records, ordered and cut."""

import numpy as np

from roarbase.engine.plain.arrays import Int64s
from roarbase.engine.plain.columns.pairs import PairColumn
from roarbase.engine.plain.field import NumberField
from roarbase.engine.plain.names.key_map import KeyMap
from roarbase.engine.plain.names.row_names import KeyRows
from roarbase.engine.plain.operators.bitmaps import mask_of
from roarbase.engine.plain.operators.cells import extracted_column
from roarbase.engine.plain.operators.ordering import SortKey, order_of
from roarbase.engine.plain.operators.scan import Scan, check_window, describe
from roarbase.engine.plan import Extract, RecordOrder
from roarbase.errors import BadRequest
from roarbase.model.results import ExtractResult, ResultColumn

__all__ = ["extract"]


def extract(scan: Scan, plan: Extract) -> ExtractResult:
    """The records and the fields asked for, one column each."""
    check_window(plan.limit, plan.offset)
    fields = [scan.field(name) for name in plan.fields]
    stop = None if plan.limit is None else plan.offset + plan.limit
    mask = mask_of(scan, plan.input)
    if plan.order:
        positions = np.flatnonzero(mask)
        keys = [key for order in plan.order for key in _sort_keys(scan, order, positions)]
        positions = positions[order_of([*keys, scan.record_order(positions)], stop)][plan.offset :]
    else:
        positions = scan.in_order(mask, start=plan.offset, stop=stop)
    columns = []
    for field in fields:
        scan.budget.check()
        columns.append(extracted_column(field, positions))
    names = scan.table.record_names(positions)
    records = ResultColumn(name="_id", type=scan.record_type, cells=names)
    return ExtractResult(records=records, fields=tuple(columns))


def _sort_keys(scan: Scan, order: RecordOrder, positions: Int64s) -> list[SortKey]:
    """What to sort by for one RecordOrder: whether there is a value (none is lowest), then the value."""
    scan.budget.check()
    if order.field == "_id":
        keys: list[SortKey] = [_record_key(scan, positions)]
    else:
        held, values = _field_key(scan, order.field, positions)
        keys = [held, values]
    return [~key for key in keys] if order.is_descending else keys


def _record_key(scan: Scan, positions: Int64s) -> SortKey:
    """Records by id; keys alphabetically."""
    if isinstance(scan.table.records, KeyMap):
        return _ranks(scan.table.records.keys_at(positions))
    return scan.record_order(positions)


def _field_key(scan: Scan, name: str, positions: Int64s) -> tuple[SortKey, SortKey]:
    field = scan.field(name)
    values = np.zeros(len(positions), np.int64)
    held = np.zeros(len(positions), np.uint8)
    if isinstance(field, NumberField):
        indexes, members = field.column.members(positions)
        values[indexes] = members
    elif isinstance(field.column, PairColumn):
        raise BadRequest(
            f"field {name!r} is {describe(field.spec)}: records cannot be ordered by several values", field=name
        )
    else:
        indexes, codes = field.column.members(positions)
        distinct, inverse = np.unique(codes, return_inverse=True)
        if isinstance(field.names, KeyRows):
            ranks = _ranks(field.names.keys.keys_at(distinct))
        else:
            ranks = np.argsort(np.argsort(field.names.row_ids(distinct)))
        values[indexes] = ranks[inverse]
    held[indexes] = 1
    return held, values


def _ranks(texts: list[str]) -> Int64s:
    """The place of each text, all different, in alphabetical order of code points."""
    by_text = sorted(range(len(texts)), key=texts.__getitem__)
    ranks = np.empty(len(texts), np.int64)
    ranks[by_text] = np.arange(len(texts))
    return ranks
