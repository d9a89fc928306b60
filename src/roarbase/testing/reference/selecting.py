"""Sets of records: what a bitmap node selects."""

from collections import Counter
from collections.abc import Iterable
from functools import partial

from roarbase.engine import plan as p
from roarbase.model.names import RECORD_ID
from roarbase.testing.batches import RecordName
from roarbase.testing.reference.bounds import is_within
from roarbase.testing.reference.records import ReferenceRecords
from roarbase.testing.reference.rows import chosen_rows, is_like, top_rows

__all__ = ["select"]


def select(table: ReferenceRecords, node: p.Bitmap) -> set[RecordName]:
    """The records of a bitmap node."""
    match node:
        case p.Slice():
            inner = table.ordered(select(table, node.input))[node.offset :]
            return set(inner if node.limit is None else inner[: node.limit])
        case p.Union():
            return set().union(*map(partial(select, table), node.inputs))
        case p.Intersect():
            return set.intersection(*map(partial(select, table), node.inputs))
        case p.Difference():
            return select(table, node.inputs[0]).difference(*map(partial(select, table), node.inputs[1:]))
        case p.Xor():
            times = Counter(name for i in node.inputs for name in select(table, i))
            return {name for name, count in times.items() if count % 2}
        case p.HoldingRows(p.TopRows() as rows):
            top = {each.row for each in top_rows(table, rows, select(table, rows.input)).rows}
            return {name for name in table.records if top & {*table.held(name, rows.field, rows.during)}}
        case p.HoldingRows(p.Rows() as rows):
            held = set(chosen_rows(table, rows, select(table, rows.input)))
            return {name for name in table.records if held & {*table.held(name, rows.field, rows.during)}}
        case p.Shifted():
            return {name + node.by for name in select(table, node.input) if isinstance(name, int)} & {*table.records}
        case p.Referred():
            other = table.tables[node.table]
            return _named(other, select(other, node.input), node.field, by_key=table.is_keyed) & table.records.keys()
        case p.Referring():
            chosen = select(table.tables[node.table], node.input)
            by_key = table.tables[node.table].is_keyed
            return {name for name in table.records if _named(table, [name], node.field, by_key=by_key) & chosen}
        case _:
            return {name for name in table.records if _is_in(table, name, node)}


def _named(table: ReferenceRecords, names: Iterable[RecordName], field: str, *, by_key: bool) -> set[RecordName]:
    """The records that these records name by a field: by key, or by number and id of row."""
    if field == RECORD_ID:
        return set(names)
    values = {value for name in names for value in table.held(name, field)}
    if by_key or not table.has_keys(field):
        return {int(value) if isinstance(value, bool) else value for value in values}
    return {table.order(field)(value) + 1 for value in values}


def _is_in(table: ReferenceRecords, name: RecordName, node: p.Bitmap) -> bool:
    """Whether one record is in a node without inputs."""
    match node:
        case p.All():
            return True
        case p.RecordSet():
            return name in node.records
        case p.IdRange():
            return is_within(name, node.low, node.high)
        case p.RowIs():
            return node.row in table.held(name, node.field, node.during)
        case p.RefersElsewhere():
            is_known = node.row in table.row_keys[node.field]
            return not is_known or any(key != node.row for key in table.held(name, node.field))
        case p.RowsIn():
            return any(row in node.rows for row in table.held(name, node.field, node.during))
        case p.RowsLike():
            return any(is_like(row, node.pattern) for row in table.held(name, node.field, node.during))
        case p.NumberRange():
            return any(is_within(v, node.low, node.high) for v in table.held(name, node.field))
        case p.NumberIn():
            return any(v in node.values for v in table.held(name, node.field))
        case p.NotNull():
            return bool(table.held(name, node.field, node.during))
        case _:
            return False
