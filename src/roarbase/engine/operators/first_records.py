"""The first records in their order, without sorting all of them.

Where positions are in that order these are the first ones that a kernel finds. Elsewhere some ids are
their own positions, which are in order among each other; of the others a bound is found that enough of them
are within, with the help of what is known of each block.
"""

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.filters.filter import Filter, all_of, without
from roarbase.engine.filters.ids import mapped, words_between
from roarbase.engine.names.id_words import GREATEST_WORD, LEAST_WORD
from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.operators.ordering import order_of
from roarbase.engine.operators.scan import Scan

__all__ = ["first_records"]

_ENOUGH = 2**14
"""So few records are sorted as they are."""

_GROWTH = 8
"""How many more are looked for when a bound had too few of the selected records within."""


def first_records(scan: Scan, among: Filter, stop: int | None, *, is_descending: bool = False) -> Int64s:
    """The positions of the first `stop` selected records (None: all), or of the last ones, in order of record."""
    records = scan.table.records
    if scan.is_in_order:
        positions = scan.positions(among, stop, from_behind=is_descending)
        return positions[::-1] if is_descending else positions
    if isinstance(records, RecordIds) and stop is not None and scan.count(among) > max(_ENOUGH, stop):
        positions = _candidates(scan, records, among, stop, from_above=is_descending)
    else:
        positions = scan.positions(among)
    key = scan.record_order(positions)
    return positions[order_of([~key if is_descending else key], stop)]


def _candidates(scan: Scan, records: RecordIds, among: Filter, stop: int, *, from_above: bool) -> Int64s:
    """Positions among which the first ones are: of ids that are positions, and of the others."""
    if records.has_only_others:
        return _nearest(scan, records, among, stop, from_above=from_above)
    elsewhere = mapped(scan, records)
    own = scan.positions(without(among, (elsewhere,)), stop, from_behind=from_above)
    others = all_of((among, elsewhere))
    if scan.count(others) <= max(_ENOUGH, stop):
        return np.concatenate((own, scan.positions(others)))
    return np.concatenate((own, _nearest(scan, records, among, stop, from_above=from_above)))


def _nearest(scan: Scan, records: RecordIds, among: Filter, stop: int, *, from_above: bool) -> Int64s:
    """Of the selected records whose ids stand elsewhere, of which there are as many, at least `stop`: the lowest
    ones, or the highest."""
    count = stop
    while True:
        bound = records.zones.bound(count, from_above=from_above)
        low, high = (bound, GREATEST_WORD) if from_above else (LEAST_WORD, bound)
        found = scan.positions(all_of((among, words_between(scan, records, low, high))))
        if len(found) >= stop:  # at the latest when the bound is that of all
            return found
        count *= _GROWTH
