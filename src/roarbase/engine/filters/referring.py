"""Referring: records whose value in a field names a selected record of another table."""

from collections.abc import Iterator

import numpy as np

from roarbase.engine import plan
from roarbase.engine.buffers.arrays import Int64s, UInt64s
from roarbase.engine.filters.bitmaps import whole_filter
from roarbase.engine.filters.filter import ALL, NOTHING, Filter
from roarbase.engine.filters.holding import holding
from roarbase.engine.filters.joining import (
    add_positions,
    are_selected,
    check_names,
    empty_words,
    ids_of_numbers,
    names_of,
    piecewise,
)
from roarbase.engine.filters.number_in import among_numbers
from roarbase.engine.filters.number_range import between
from roarbase.engine.filters.own_ids import as_ids
from roarbase.engine.grouping.counting import distinct_values
from roarbase.engine.kernels.port import SHARD_POSITIONS, WORD_BITS
from roarbase.engine.operators.scan import Scan
from roarbase.engine.operators.selection import Selection
from roarbase.engine.tables.fields import NumberField, ReferenceField, RowField
from roarbase.model.fields import INT64_MAX

__all__ = ["referring"]


def referring(scan: Scan, node: plan.Referring, other: Scan, among: Filter) -> Filter:
    """The records of `scan` that name a selected record of `other`."""
    field = scan.field(node.field)
    check_names(field, other)
    if other.table.records is None or among.is_nothing:
        return NOTHING
    selection = Selection.of(other, among)
    if isinstance(field, RowField):
        return holding(scan, field, _chosen(field, np.flatnonzero(field.counts()), other, selection))
    if not isinstance(field, ReferenceField):
        return whole_filter(scan, _naming(scan, field, other, selection))
    if field.target.table == other.table.id:
        return whole_filter(scan, _probed(scan, field, selection.words))
    return among_numbers(scan, field, _chosen(field, distinct_values(scan, ALL, field), other, selection).tolist())


def _chosen(field: RowField | ReferenceField, values: Int64s, other: Scan, selection: Selection) -> Int64s:
    """The codes or numbers that name selected records."""
    pieces = [piece[are_selected(other, names_of(field, piece, other), selection)] for piece in piecewise(values)]
    return np.concatenate(pieces) if pieces else values


def _probed(scan: Scan, field: NumberField, marks: UInt64s) -> UInt64s:
    """The records whose number has its bit set."""
    words, slot = empty_words(scan), scan.slots.column(field.column.buffers)
    addresses = words.ctypes.data + SHARD_POSITIONS // 8 * np.arange(len(scan.table.extents))
    scan.kernels.probe(scan.slots.shards(), ALL.program(), slot, marks, addresses)
    return words


def _naming(scan: Scan, field: NumberField, other: Scan, selection: Selection) -> UInt64s:
    """The records whose number is the id of a selected record."""
    words = _probed(scan, field, as_ids(other, selection.words, len(selection.words)))
    far = between(scan, field, len(selection.words) * WORD_BITS, INT64_MAX)
    if not far.is_nothing:
        add_positions(scan, words, _naming_far(scan, field, far, other, selection))
    return words


def _naming_far(scan: Scan, field: NumberField, far: Filter, other: Scan, selection: Selection) -> Iterator[Int64s]:
    """The same of records with great numbers, looked up a shard at a time."""
    for shard in scan.shard_numbers():
        positions = scan.shard_positions(far, shard)
        for piece in piecewise(positions):
            ids = ids_of_numbers(field.column.values_at(piece)[0])
            yield piece[are_selected(other, ids, selection)]
