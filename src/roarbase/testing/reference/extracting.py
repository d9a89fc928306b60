"""Records with what they hold."""

from collections.abc import Sequence
from typing import Any

from roarbase.engine.plan import Extract, FieldDuring, RecordOrder
from roarbase.model.results import DataType, ExtractResult, ResultColumn
from roarbase.testing.batches import RecordName
from roarbase.testing.plain_views import begin_of
from roarbase.testing.reference.records import ReferenceRecords

__all__ = ["extract", "stamped"]


def extract(table: ReferenceRecords, plan: Extract, among: set[RecordName]) -> ExtractResult:
    """What these records hold in some fields."""
    names = table.ordered(among)
    for order in reversed(plan.order):
        keys = {name: _order_key(table, name, order) for name in names}
        names.sort(key=keys.__getitem__, reverse=order.is_descending)  # stable in both directions
    stop = None if plan.limit is None else plan.offset + plan.limit
    names = names[plan.offset : stop]
    record_type = DataType.STRING if table.is_keyed else DataType.UINT64
    records = ResultColumn(name="_id", type=record_type, cells=names)
    return ExtractResult(records=records, fields=tuple(_extracted(table, names, f) for f in plan.fields))


def _order_key(table: ReferenceRecords, name: RecordName, order: RecordOrder) -> tuple[bool, Any]:
    """Nulls lowest, unless highest; rows of keyed fields by key."""
    if order.field == "_id":
        return True, name
    values = table.values(name, order.field)
    return bool(values) != order.are_nulls_highest, values[0] if values else None


def _extracted(table: ReferenceRecords, names: Sequence[RecordName], asked: str | FieldDuring) -> ResultColumn:
    field, during = (asked, None) if isinstance(asked, str) else (asked.field, asked.during)
    if not table.specs[field].type.is_multivalued:
        return table.column(field, [next(iter(table.held(name, field)), None) for name in names])
    set_type = DataType.STRING_SET if table.specs[field].is_keyed else DataType.UINT64_SET
    return ResultColumn(name=field, type=set_type, cells=[tuple(table.values(n, field, during)) or None for n in names])


def stamped(table: ReferenceRecords, field: str) -> ExtractResult:
    """What every record got in a time field, and when, as its finest views tell."""
    found: dict[tuple[RecordName, int], set[Any]] = {}
    for name in table.ordered(set(table.records)):
        views = table.views.get((name, field), {})
        for view in sorted(views, key=begin_of):
            inner = [rows for other, rows in views.items() if other.startswith(view) and other != view]
            if left := views[view].difference(*inner):
                found.setdefault((name, begin_of(view)), set()).update(left)
    record_type = DataType.STRING if table.is_keyed else DataType.UINT64
    records = ResultColumn(name="_id", type=record_type, cells=[name for name, _ in found])
    times = ResultColumn(name="time", type=DataType.TIMESTAMP, cells=[second for _, second in found])
    set_type = DataType.STRING_SET if table.specs[field].is_keyed else DataType.UINT64_SET
    cells = [tuple(sorted(rows, key=table.order(field))) for rows in found.values()]
    return ExtractResult(records=records, fields=(times, ResultColumn(name=field, type=set_type, cells=cells)))
