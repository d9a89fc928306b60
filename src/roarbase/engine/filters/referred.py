"""Referred: records that are named by a field of another table, or that have the id or key of a record there.

Where numbers are positions, be it that a field refers to the table or that ids are their own positions, one
kernel call goes over the column. What else names a record is looked up, piece by piece.
"""

from collections.abc import Iterator

import numpy as np

from roarbase.engine import plan
from roarbase.engine.buffers.arrays import Int64s, UInt64s
from roarbase.engine.filters.bitmaps import whole_filter
from roarbase.engine.filters.filter import NOTHING, Filter, all_of, existing
from roarbase.engine.filters.joining import (
    add_positions,
    check_names,
    empty_words,
    find,
    ids_of_numbers,
    names_of,
    piecewise,
)
from roarbase.engine.filters.number_range import between
from roarbase.engine.filters.own_ids import as_ids, as_positions, ids_beyond
from roarbase.engine.grouping.counting import count_rows, distinct_values
from roarbase.engine.kernels.port import WORD_BITS
from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.operators.scan import Scan
from roarbase.engine.operators.selection import Selection
from roarbase.engine.tables.fields import Field, NumberField, ReferenceField
from roarbase.errors import BadRequest
from roarbase.model.fields import INT64_MAX
from roarbase.model.names import RECORD_ID

__all__ = ["referred"]


def referred(scan: Scan, node: plan.Referred, other: Scan, among: Filter) -> Filter:
    """The records of `scan` that the selected records of `other` name."""
    if node.field == RECORD_ID:
        return _same_records(scan, other, among)
    field = other.field(node.field)
    check_names(field, scan)
    if scan.table.records is None or among.is_nothing:
        return NOTHING
    return existing(whole_filter(scan, _named(scan, other, among, field)))


def _named(scan: Scan, other: Scan, among: Filter, field: Field) -> UInt64s:
    """The positions that a field names."""
    if isinstance(field, NumberField) and not isinstance(field, ReferenceField):
        return _named_by_number(scan, other, among, field)
    words = empty_words(scan)
    if isinstance(field, ReferenceField) and field.target.table == scan.table.id:
        _mark(other, among, field, words)
        return words
    if isinstance(field, ReferenceField):
        values = distinct_values(other, among, field)
    else:
        values = np.flatnonzero(count_rows(other, among, field))
    add_positions(scan, words, (find(scan, names_of(field, piece, scan)) for piece in piecewise(values)))
    return words


def _mark(other: Scan, among: Filter, field: NumberField, words: UInt64s) -> None:
    slot = other.slots.column(field.column.buffers)
    other.kernels.mark(other.slots.shards(), among.program(), slot, words)


def _named_by_number(scan: Scan, other: Scan, among: Filter, field: NumberField) -> UInt64s:
    ids = empty_words(scan)
    _mark(other, among, field, ids)
    words = as_positions(scan, ids)
    far = all_of((among, between(other, field, len(ids) * WORD_BITS, INT64_MAX)))
    if _has_others(scan) and not far.is_nothing:
        add_positions(scan, words, _found_far(scan, other, far, field))
    return words


def _found_far(scan: Scan, other: Scan, far: Filter, field: NumberField) -> Iterator[Int64s]:
    """The positions that numbers name, looked up a shard of the other table at a time."""
    for shard in other.shard_numbers():
        numbers = field.column.members(other.shard_positions(far, shard))[1]
        yield from (find(scan, ids_of_numbers(piece)) for piece in piecewise(numbers))


def _same_records(scan: Scan, other: Scan, among: Filter) -> Filter:
    mine, theirs = scan.table.records, other.table.records
    if mine is None or theirs is None:
        return NOTHING
    if isinstance(mine, RecordIds) != isinstance(theirs, RecordIds):
        raise BadRequest(
            f"of the tables {scan.table.name!r} and {other.table.name!r} one knows its records by keys, the other by "
            "ids: no record of the one is a record of the other"
        )
    if among.is_nothing or other is scan:
        return among
    selection, words = Selection.of(other, among), empty_words(scan)
    if not isinstance(theirs, RecordIds):
        keys = (theirs.keys_at(piece) for piece in selection.pieces(2**16))
        add_positions(scan, words, (find(scan, piece) for piece in keys))
        return existing(whole_filter(scan, words))
    words = as_positions(scan, as_ids(other, selection.words, len(words)))
    if _has_others(scan):
        add_positions(scan, words, (find(scan, ids) for ids in ids_beyond(other, selection.words, len(words))))
    return existing(whole_filter(scan, words))


def _has_others(scan: Scan) -> bool:
    """Whether some ids are not their own positions."""
    records = scan.table.records
    return isinstance(records, RecordIds) and records.has_others
