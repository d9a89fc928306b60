"""Extract: field values of records, ordered and cut."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from roarbase.engine.plain.arrays import Int64s, squeeze
from roarbase.engine.plain.columns.pairs import PairColumn
from roarbase.engine.plain.field import NumberField, RowField
from roarbase.engine.plain.names.key_map import KeyMap
from roarbase.engine.plain.names.row_names import KeyRows
from roarbase.engine.plain.operators.bitmaps import mask_of
from roarbase.engine.plain.operators.cells import extracted_column
from roarbase.engine.plain.operators.gathering import Gathered, gather
from roarbase.engine.plain.operators.ordering import SortKey, order_of
from roarbase.engine.plain.operators.scan import Finish, Scan, check_window, describe
from roarbase.engine.plan import Extract, RecordOrder
from roarbase.errors import BadRequest
from roarbase.model.results import ExtractResult, ResultColumn

__all__ = ["extract"]

_FEW_TEXTS = 10_000
"""So many keys are put into alphabetical order in some milliseconds."""


def extract(scan: Scan, plan: Extract) -> Finish:
    """The records and the fields asked for, one column each."""
    check_window(plan.limit, plan.offset)
    fields = [scan.field(name) for name in plan.fields]
    positions = np.flatnonzero(mask_of(scan, plan.input))
    orders = [_gather_order(scan, order, positions) for order in plan.order]
    record_order = scan.record_order(positions)
    record_type = scan.record_type
    is_cut = plan.limit is not None and sum(order.text_count for order in orders) <= _FEW_TEXTS
    if is_cut:  # sorted under the lock, but then only the values of the records asked for are gathered
        positions = positions[_chosen(plan, orders, record_order)]
    columns = []
    for field in fields:
        scan.budget.check()
        columns.append(gather(field, positions))

    def finish() -> ExtractResult:
        chosen = np.arange(len(positions)) if is_cut else _chosen(plan, orders, record_order)
        cells = []
        for column in columns:
            scan.budget.check()
            cells.append(extracted_column(column() if is_cut else column().at(chosen)))
        names = scan.table.record_names(positions[chosen])
        return ExtractResult(records=ResultColumn(name="_id", type=record_type, cells=names), fields=tuple(cells))

    return finish


@dataclass(frozen=True, slots=True)
class _Order:
    """A RecordOrder with what it sorts by.

    Attributes:
        make_keys: Makes the sort keys; the table's lock is not needed.
        text_count: How many texts that puts into alphabetical order.
    """

    make_keys: Callable[[], list[SortKey]]
    text_count: int = 0


def _chosen(plan: Extract, orders: Sequence[_Order], record_order: SortKey) -> Int64s:
    """Which of the selected records to give, in the order to give them."""
    stop = None if plan.limit is None else plan.offset + plan.limit
    keys = [key for order in orders for key in order.make_keys()]
    return order_of([*keys, record_order], stop)[plan.offset :]


def _gather_order(scan: Scan, order: RecordOrder, positions: Int64s) -> _Order:
    scan.budget.check()
    records = scan.table.records
    if order.field != "_id":
        return _gather_field_order(scan, order, positions)
    if isinstance(records, KeyMap):
        return _Order(lambda: _directed(order, [_ranks(records.keys_at(positions))]), len(positions))
    ids = scan.record_order(positions)
    return _Order(lambda: _directed(order, [ids]))


def _gather_field_order(scan: Scan, order: RecordOrder, positions: Int64s) -> _Order:
    """Order by whether there is a value (none is lowest or highest), then by the value."""
    field = scan.field(order.field)
    if isinstance(field.column, PairColumn):
        raise BadRequest(
            f"field {order.field!r} is {describe(field.spec)}: records cannot be ordered by several values",
            field=order.field,
        )
    gathered = gather(field, positions)()

    def make_keys() -> list[SortKey]:
        held = gathered.held.astype(np.uint8)
        return _directed(order, [~held if order.are_nulls_highest else held, _ordinals(gathered)])

    return _Order(make_keys, len(field.names) if isinstance(field, RowField) and field.spec.is_keyed else 0)


def _directed(order: RecordOrder, keys: list[SortKey]) -> list[SortKey]:
    return [~key for key in keys] if order.is_descending else keys


def _ordinals(gathered: Gathered) -> Int64s:
    """Numbers that stand in the order of the records' values: of rows by key, or by id where there are none."""
    field = gathered.field
    if isinstance(field, NumberField):
        return gathered.values()
    distinct, places = squeeze(gathered.members)
    if isinstance(field.names, KeyRows):
        ranks = _ranks(field.names.keys.keys_at(distinct))
    else:
        ranks = np.argsort(np.argsort(field.names.row_ids(distinct)))
    return replace(gathered, members=ranks[places]).values()


def _ranks(texts: list[str]) -> Int64s:
    """The place of each text, all different, in alphabetical order of code points."""
    by_text = sorted(range(len(texts)), key=texts.__getitem__)
    ranks = np.empty(len(texts), np.int64)
    ranks[by_text] = np.arange(len(texts))
    return ranks
