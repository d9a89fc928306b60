"""Writes to set and time fields: rows gained, rows lost, all of them replaced.

Most batches only add, and take a short way. The others are made in rounds, in each of which a
record begins its set anew at most once, before everything else: then what comes last of a pair
of record and row is what counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, UInt64s, all_set, is_in, sorted_distinct
from roarbase.engine.buffers.layout import SHARD_BITS, shard_slices
from roarbase.engine.buffers.picks import Patch
from roarbase.engine.columns.sets import SetColumn
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.engine.storage.entries import BatchEntry, SetValues
from roarbase.engine.storage.packing import unpack
from roarbase.engine.tables.fields import RowField
from roarbase.engine.tables.parts import Part, ShardPart
from roarbase.engine.tables.table import Table
from roarbase.engine.views.stamps import POSITION_SHIFT, pairs_of, split_pairs
from roarbase.model.batch import CLEARED, NO_TIME, REMOVED, REPLACED, UNTOUCHED, VALUE

__all__ = ["relieve_sets", "write_rows"]

_States = NDArray[np.uint8]

_NO_WORDS = np.zeros(0, np.uint64)
_IN_SHARD = SHARD_POSITIONS - 1


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows that a batch names for records of a part, in its order.

    Attributes:
        places: Which of the records each is for.
        codes: The row.
        times: When the record got it, or NO_TIME; None where none has a time.
    """

    places: Int64s
    codes: Int64s
    times: Int64s | None

    def chosen(self, which: Mask) -> "_Rows":
        return _Rows(self.places[which], self.codes[which], None if self.times is None else self.times[which])

    def known(self) -> "_Rows":
        """Those that have a code."""
        return self.chosen(self.codes >= 0)

    def timed(self) -> "_Rows":
        """Those that have a time."""
        return _NO_ROWS if self.times is None else self.chosen(self.times != NO_TIME)


_NOTHING = np.zeros(0, np.int64)
_NO_ROWS = _Rows(_NOTHING, _NOTHING, None)


def write_rows(field: RowField, part: Part, written: SetValues) -> None:
    """Write rows to the records of a batch."""
    lengths = unpack(written.lengths, np.int64)
    rows = unpack(written.rows, np.uint64)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    is_only_given = part.is_all_fresh and REMOVED not in written.states  # there is nothing to be replaced or taken
    if is_only_given or not written.states:
        codes = field.names.codes_of_ids(rows)
        places, stamped = _add_timed(field, part, _of(part, len(lengths), owners, codes, _times(written, lengths)))
        part.note_changed(places)
        for positions in stamped:
            part.note_changed_at(positions)
        return
    states = np.frombuffer(written.states, np.uint8)
    codes = _codes(field, rows, states[owners])
    for some in part.by_shard():
        named = _of(some, len(lengths), owners, codes, _times(written, lengths)).known()
        _rewrite(field, some, states[some.records], named)


def relieve_sets(table: Table, entry: BatchEntry) -> list[Patch]:
    """What to do before a batch adds rows to fields many of whose records have more of them than planes."""
    fields = table.fields_by_id()
    found = (fields.get(values.field_id) for values in entry.columns if isinstance(values, SetValues))
    columns = (field.column for field in found if field is not None)
    return [patch for column in columns if isinstance(column, SetColumn) for patch in column.relieve()]


def _codes(field: RowField, rows: NDArray[np.uint64], states: _States) -> Int64s:
    """The code of each row; rows that are only taken away get no code of their own."""
    codes = np.full(len(rows), -1, np.int64)
    is_added = (states == VALUE) | (states == REPLACED)
    codes[is_added] = field.names.codes_of_ids(rows[is_added])
    codes[~is_added] = field.names.known_codes(rows[~is_added])
    return codes


def _times(written: SetValues, lengths: Int64s) -> Int64s | None:
    """When each row was got, or NO_TIME; None where none has a time."""
    if written.times is None:
        return None
    times = np.full(len(lengths), NO_TIME, np.int64)
    times[np.frombuffer(written.timed, np.bool_)] = unpack(written.times, np.int64)
    return np.repeat(times, lengths)


def _of(part: Part | ShardPart, count: int, owners: Int64s, codes: Int64s, times: Int64s | None) -> _Rows:
    """Of rows for records of a batch of `count` those for records of a part, by their places in it."""
    if len(part.records) == count:
        return _Rows(owners, codes, times)
    place_of = np.full(count, -1, np.int64)
    place_of[part.records] = np.arange(len(part.records))
    places = place_of[owners]
    return _Rows(places, codes, times).chosen(places >= 0)


def _add(field: RowField, part: Part | ShardPart, rows: _Rows) -> Int64s:
    """Give records rows, without their times; the places of those that got a new one."""
    column = field.column
    assert isinstance(column, SetColumn)
    positions = part.positions[rows.places]
    is_new = column.add(positions, rows.codes)
    field.bitmaps.note_added(positions, rows.codes)  # whoever held a row before has its bit already
    return rows.places if all_set(is_new) else rows.places[is_new]


def _add_timed(field: RowField, part: Part | ShardPart, rows: _Rows) -> tuple[Int64s, list[Int64s]]:
    """Give records rows, and at which times; the places of those that got a new one, and where a time was new."""
    timed = rows.timed()
    places = _add(field, part, timed if field.spec.no_standard_view else rows)
    stamped = []
    if timed.times is not None and field.stamps is not None:
        positions = part.positions[timed.places]
        for shard, where in shard_slices(positions):
            inside = field.stamps.add(shard, positions[where] & _IN_SHARD, timed.codes[where], timed.times[where])
            stamped.append(inside + (shard << SHARD_BITS))
        field.bitmaps.note_stamped(positions, timed.codes, timed.times)
    return places, stamped


def _remove(field: RowField, part: ShardPart, inside: Int64s, codes: Int64s) -> None:
    """Take rows from records, in all views."""
    column = field.column
    assert isinstance(column, SetColumn)
    if len(inside):
        inside, codes = column.remove(part.shard, inside, codes)
        field.bitmaps.note_removed(part.positions_of(inside), codes)
        if field.stamps is not None:
            field.stamps.remove(part.shard, inside, codes)


# ---- more than adding ----------------------------------------------------------------------


def _rewrite(field: RowField, part: ShardPart, states: _States, rows: _Rows) -> None:
    """Have each record end as if its occurrences were written one after the other."""
    inside = sorted_distinct(part.inside)
    before = _held(field, part.shard, inside)
    for chosen in _rounds(part, states, are_all_told=field.stamps is not None):
        is_chosen = np.zeros(len(states), np.bool_)
        is_chosen[chosen] = True
        _write_round(field, part, np.where(is_chosen, states, UNTOUCHED), rows.chosen(is_chosen[rows.places]))
    after = _held(field, part.shard, inside)
    field.bitmaps.note_left(
        part.positions_of(inside), lambda: part.positions_of(sorted_distinct(_insides(after[None])))
    )
    for what in before.keys() | after.keys():
        differing = np.setxor1d(before.get(what, _NO_WORDS), after.get(what, _NO_WORDS))
        part.note_changed_at(part.positions_of(_insides(differing)))


def _insides(pairs: UInt64s) -> Int64s:
    """Where the records of pairs stand within their shard."""
    return (pairs >> POSITION_SHIFT).astype(np.int64) & _IN_SHARD


def _held(field: RowField, shard: int, inside: Int64s) -> dict[Any, UInt64s]:
    """All that records hold: the pairs of the standard view, and the stamps of the others."""
    column = field.column
    assert isinstance(column, SetColumn)
    indexes, codes = column.shard_members(shard, inside)
    stamps = {} if field.stamps is None else field.stamps.of_records(shard, inside)
    return {None: pairs_of(inside[indexes], codes), **stamps}


def _rounds(part: ShardPart, states: _States, *, are_all_told: bool) -> Iterator[Int64s]:
    """Which of a part's records to write together, so that none of them begins anew but at first.

    Unless `are_all_told`, what came before a record began anew for the last time is passed over: it leaves
    no trace, but for stamps that a row keeps while it is replaced by itself.
    """
    is_reset = (states == CLEARED) | (states == REPLACED)
    by_record = np.argsort(part.inside, kind="stable")
    inside = part.inside[by_record]
    resets = np.cumsum(is_reset[by_record])
    is_first = np.ones(len(inside), np.bool_)
    is_first[1:] = inside[1:] != inside[:-1]
    of_first = np.flatnonzero(is_first)[np.cumsum(is_first) - 1]
    numbers = np.empty(len(inside), np.int64)
    numbers[by_record] = resets - (resets - is_reset[by_record])[of_first]
    if are_all_told:
        for number in np.unique(numbers).tolist():
            yield np.flatnonzero(numbers == number)
    else:
        distinct, place_of = np.unique(part.inside, return_inverse=True)
        highest = np.zeros(len(distinct), np.int64)
        np.maximum.at(highest, place_of, numbers)
        yield np.flatnonzero(numbers == highest[place_of])


def _write_round(field: RowField, part: ShardPart, states: _States, rows: _Rows) -> None:
    column = field.column
    assert isinstance(column, SetColumn)
    given = pairs_of(part.inside[rows.places], rows.codes)
    resets = part.inside[(states == CLEARED) | (states == REPLACED)]
    indexes, codes = column.shard_members(part.shard, resets)
    held = pairs_of(resets[indexes], codes)
    _remove(field, part, *split_pairs(held[~is_in(held, np.sort(given[states[rows.places] == REPLACED]))]))
    is_removed = states[rows.places] == REMOVED
    pairs, pair_of = np.unique(given, return_inverse=True)
    last_removed = np.full(len(pairs), -1)
    np.maximum.at(last_removed, pair_of[is_removed], np.flatnonzero(is_removed))
    _remove(field, part, *split_pairs(pairs[last_removed >= 0]))
    is_last = np.arange(len(given)) > last_removed[pair_of]
    _add_timed(field, part, rows.chosen(is_last & ~is_removed))
