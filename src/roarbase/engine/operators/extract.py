"""Extract: field values of records, ordered and cut."""

from collections.abc import Callable

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, squeeze
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.filters.compiler import selected
from roarbase.engine.names.key_map import KeyMap
from roarbase.engine.names.row_names import KeyRows
from roarbase.engine.operators.cells import gathered_column, gathered_names
from roarbase.engine.operators.ordering import SortKey, order_of
from roarbase.engine.operators.scan import Scan, check_window, describe
from roarbase.engine.plan import Extract, RecordOrder
from roarbase.engine.tables.fields import NumberField
from roarbase.errors import BadRequest
from roarbase.model.results import ExtractResult, ResultColumn

__all__ = ["extract"]


def extract(scan: Scan, plan: Extract) -> Callable[[], ExtractResult]:
    """The records and the fields asked for, one column each."""
    check_window(plan.limit, plan.offset)
    fields = [scan.field(name) for name in plan.fields]
    positions = _positions(scan, plan)
    columns = []
    for field in fields:
        scan.budget.check()
        columns.append(gathered_column(field, positions))
    names, record_type = gathered_names(scan, positions), scan.record_type

    def finish() -> ExtractResult:
        records = ResultColumn(name="_id", type=record_type, cells=names())
        return ExtractResult(records=records, fields=tuple(column() for column in columns))

    return finish


def _positions(scan: Scan, plan: Extract) -> Int64s:
    stop = None if plan.limit is None else plan.offset + plan.limit
    among = selected(scan, plan.input)
    if not plan.order:
        return scan.ordered_positions(among, plan.offset, stop)
    positions = scan.positions(among)
    keys = [key for order in plan.order for key in _sort_keys(scan, order, positions)]
    return positions[order_of([*keys, scan.record_order(positions)], stop)][plan.offset :]


def _sort_keys(scan: Scan, order: RecordOrder, positions: Int64s) -> list[SortKey]:
    """What to sort by for one RecordOrder: whether there is a value (none is lowest or highest), then the value."""
    scan.budget.check()
    if order.field == "_id":
        keys = [_record_key(scan, positions)]
    else:
        held, values = _field_keys(scan, order.field, positions)
        keys = [~held if order.are_nulls_highest else held, values]
    return [~key for key in keys] if order.is_descending else keys


def _record_key(scan: Scan, positions: Int64s) -> SortKey:
    """Records by id; keys alphabetically."""
    if isinstance(scan.table.records, KeyMap):
        return _ranks(scan.table.records.keys_at(positions))
    return scan.record_order(positions)


def _field_keys(scan: Scan, name: str, positions: Int64s) -> tuple[SortKey, SortKey]:
    field = scan.field(name)
    if isinstance(field, NumberField):
        values, held = field.column.values_at(positions)
        return held.view(np.uint8), np.where(held, values, 0)
    if isinstance(field.column, SetColumn):
        raise BadRequest(
            f"field {name!r} is {describe(field.spec)}: records cannot be ordered by several values", field=name
        )
    values, has_row = np.zeros(len(positions), np.int64), np.zeros(len(positions), np.uint8)
    indexes, codes = field.column.members(positions)
    distinct, places = squeeze(codes)
    if isinstance(field.names, KeyRows):
        ranks = _ranks(field.names.keys.keys_at(distinct))
    else:
        ranks = np.argsort(np.argsort(field.names.row_ids(distinct)))
    values[indexes] = ranks[places]
    has_row[indexes] = 1
    return has_row, values


def _ranks(texts: list[str]) -> Int64s:
    """The place of each text, all different, in alphabetical order of code points."""
    by_text = sorted(range(len(texts)), key=texts.__getitem__)
    ranks = np.empty(len(texts), np.int64)
    ranks[by_text] = np.arange(len(texts))
    return ranks
