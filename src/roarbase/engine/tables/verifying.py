"""Verification: what writes maintain, worked out again from the columns."""

from collections.abc import Iterator

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, is_in, sorted_distinct
from roarbase.engine.buffers.bits import positions_of, to_mask
from roarbase.engine.buffers.layout import BLOCK_BITS, SHARD_BITS
from roarbase.engine.buffers.totals import exact_sum
from roarbase.engine.cache.keys import AnyRowKey, Key, RangeKey, RowKey
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.kernels.port import ZONES_OFFSET
from roarbase.engine.names.record_keys import RecordKeys
from roarbase.engine.tables.fields import Field, NumberField, RowField
from roarbase.engine.tables.table import Table
from roarbase.engine.views.during import RowsDuring
from roarbase.engine.views.stamps import Stamps, pairs_of

__all__ = ["differences"]

_CODE_BITS = 32


def differences(table: Table) -> Iterator[str]:
    """A sentence for each counter, zone or cached bitmap of a table that is not what the columns say, and each
    shard whose records are not found by their names."""
    for shard, count in enumerate(table.exists.counts):
        found = positions_of(table.exists.words(shard))
        if len(found) != count:
            yield f"shard {shard}: {len(found)} records exist, {count} are counted"
        lost = _lost_names(table, found + (shard << SHARD_BITS))
        if lost:
            yield f"shard {shard}: {lost} records are not found by their names"
    for field in table.fields.values():
        for difference in (*_column_differences(field, table), *_bitmap_differences(field)):
            yield f"field {field.spec.name!r}: {difference}"


def _lost_names(table: Table, positions: Int64s) -> int:
    """How many of these records do not stand where their names lead."""
    records = table.records
    if records is None:
        return len(positions)
    if isinstance(records, RecordKeys):
        return int(np.count_nonzero(records.find(records.keys_at(positions)) != positions))
    return int(np.count_nonzero(records.find(records.ids_at(positions)) != positions))


def _column_differences(field: Field, table: Table) -> Iterator[str]:
    return _number_differences(field, table) if isinstance(field, NumberField) else _row_differences(field, table)


def _number_differences(field: NumberField, table: Table) -> Iterator[str]:
    column, counters = field.column, field.column.counters
    everything = [np.zeros(0, np.int64)]
    for shard in range(column.buffers.shards):
        inside, values = column.shard_values(shard)
        everything.append(values)
        if len(values) != column.held_counts[shard]:
            yield f"shard {shard} has {len(values)} values, {column.held_counts[shard]} are counted"
        if not to_mask(table.exists.words(shard))[inside].all():
            yield f"shard {shard} has values where there is no record"
        zones = column.buffers.get(ZONES_OFFSET, shard)
        blocks = inside >> BLOCK_BITS
        if zones is not None and ((values < zones[blocks, 0]) | (values > zones[blocks, 1])).any():
            yield f"shard {shard} has values outside of their zones"
    values = np.concatenate(everything)
    if (counters.count, counters.total) != (len(values), exact_sum(values)):
        yield f"{len(values)} values add up to {exact_sum(values)}: counted {counters.count}, {counters.total}"
    kept = counters.values_or_none()
    distinct, counts = np.unique(values, return_counts=True)
    if kept is not None and not (np.array_equal(kept[0], distinct) and np.array_equal(kept[1], counts)):
        yield "the histogram is not that of the values"


def _row_differences(field: RowField, table: Table) -> Iterator[str]:
    assert not isinstance(field.column, RowsDuring)
    counts = np.zeros(len(field.names), np.int64)
    for shard in range(field.column.buffers.shards):
        inside, codes = field.column.shard_pairs(shard)
        counts += np.bincount(codes, minlength=len(counts))
        if not to_mask(table.exists.words(shard))[inside].all():
            yield f"shard {shard} has rows where there is no record"
        if len(inside) != len(sorted_distinct((inside << _CODE_BITS) | codes)):
            yield f"shard {shard} has a row twice in one record"
        if field.column.has_gap(shard):
            yield f"shard {shard} has a row behind an empty place"
        if isinstance(field.column, SetColumn) and field.column.overflow.has_strays(shard):
            yield f"shard {shard} notes other records as having more rows than planes than those that do"
    if isinstance(field.column, SetColumn) and field.column.overflow.count_pairs() != field.column.overflow.total:
        yield f"{field.column.overflow.count_pairs()} rows are beside planes, {field.column.overflow.total} are counted"
    for code in np.flatnonzero(counts != field.counts()).tolist():
        yield f"{counts[code]} records hold row number {code}, {field.counts()[code]} are counted"
    if field.stamps is not None:
        yield from _stamp_differences(field, field.stamps)


def _stamp_differences(field: RowField, stamps: Stamps) -> Iterator[str]:
    for shard in range(field.column.buffers.shards):
        held, stamped = sorted_distinct(pairs_of(*field.column.shard_pairs(shard))), stamps.pairs(shard)
        missing = int((~is_in(stamped, held)).sum())
        if missing:
            yield f"shard {shard}: {missing} rows are in a calendar view of records that do not hold them"
        elif field.spec.no_standard_view and len(held) != len(stamped):
            yield f"shard {shard}: {len(held) - len(stamped)} rows are in no view of records that hold them"


def _bitmap_differences(field: Field) -> Iterator[str]:
    for key, buffers in field.bitmaps.entries.items():
        for shard in range(field.column.buffers.shards):
            words = buffers.get(0, shard)
            found = np.zeros(0, np.int64) if words is None else positions_of(words)
            if not np.array_equal(found, _positions(field, key, shard)):
                yield f"the cached bitmap of {key} in shard {shard} is not that of the column"


def _positions(field: Field, key: Key, shard: int) -> Int64s:
    """The positions in a shard that a cached bitmap should have."""
    if isinstance(key, RangeKey):
        assert isinstance(field, NumberField)
        inside, values = field.column.shard_values(shard)
        return inside[(values >= key.low) & (values <= key.high)]
    assert isinstance(field, RowField)
    if isinstance(key, AnyRowKey):
        return sorted_distinct(field.column.shard_pairs(shard)[0])
    assert isinstance(key, RowKey)
    column = field.column
    if key.during is not None and field.stamps is not None:
        column = RowsDuring(field.stamps, key.during, column.buffers.shards)
    inside, codes = column.shard_pairs(shard)
    return np.sort(inside[codes == key.code])
