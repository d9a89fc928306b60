"""Writes to fields with at most one value per record: numbers, mutex and bool.

What a batch says of one record comes down to one value or none before it reaches the column.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, all_set, set_mask
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.storage.entries import MutexValues, NumberValues, Packed
from roarbase.engine.storage.packing import unpack
from roarbase.engine.tables.fields import NumberField, RowField
from roarbase.engine.tables.parts import Part
from roarbase.model.batch import CLEARED, REMOVED, UNTOUCHED, VALUE

__all__ = ["write_codes", "write_numbers"]

_States = NDArray[np.uint8]
_Values = tuple[Int64s, Mask]
"""One value per place, and whether there is one."""


def write_numbers(field: NumberField, part: Part, written: NumberValues | None) -> None:
    """Write numbers; without `written`, only have the column hear of new records."""
    if written is None:
        if len(part.fresh):
            field.column.note_made(part.fresh)
        return
    given = unpack(written.values, np.int64)
    where, numbers, is_value = _settled(part, written.states, given, field.column.values_at)
    positions = part.at(where)
    is_changed = field.column.write(positions, numbers, is_value, part.fresh)
    field.bitmaps.note_numbers(positions, numbers, is_value)
    part.note_changed(where[is_changed])


def write_codes(field: RowField, part: Part, written: NumberValues | MutexValues) -> None:
    """Write the rows of a mutex or bool field."""
    column = field.column
    assert isinstance(column, CodeColumn)
    given = _codes(field, written)
    where, codes, is_value = _settled(part, written.states, given, partial(_stored, column))
    if len(where):
        positions, new = part.at(where), codes if all_set(is_value) else np.where(is_value, codes, -1)
        old = column.write(positions, new)
        field.bitmaps.note_codes(positions, old, new)
        part.note_changed(where[old != new])


def _values(written: NumberValues | MutexValues) -> Packed:
    return written.values if isinstance(written, NumberValues) else written.rows


def _codes(field: RowField, written: NumberValues | MutexValues) -> Int64s:
    """The codes of the rows given; rows that are only taken away get no code of their own, but -1."""
    rows = unpack(_values(written), np.uint64)  # a bool's numbers are its row ids
    if not written.states:
        return field.names.codes_of_ids(rows)
    states = np.frombuffer(written.states, np.uint8)
    is_added = states[_is_given(states)] == VALUE
    codes = np.empty(len(rows), np.int64)
    codes[is_added] = field.names.codes_of_ids(rows[is_added])
    codes[~is_added] = field.names.known_codes(rows[~is_added])
    return codes


def _is_given(states: _States) -> Mask:
    is_given: Mask = (states == VALUE) | (states == REMOVED)
    return is_given


def _stored(column: CodeColumn, positions: Int64s) -> _Values:
    codes = np.full(len(positions), -1, np.int64)
    held, members = column.members(positions)
    codes[held] = members
    return codes, codes >= 0


def _settled(
    part: Part, said: bytes, given: Int64s, stored: Callable[[Int64s], _Values]
) -> tuple[Int64s, Int64s, Mask]:
    """What each record is to have: where it is in the part, each once, the value, and whether there is one.

    Args:
        said: What is done to each record of the batch; nothing, where each has one of the values given.
    """
    if not said:
        last = part.last_of_all()
        records = part.records[last]
        return last, given if len(records) == len(given) else given[records], set_mask(len(last))
    states = np.frombuffer(said, np.uint8)
    values = np.zeros(len(states), np.int64)
    values[_is_given(states)] = given
    last = part.last((states == VALUE) | (states == CLEARED))
    records = part.records[last]
    taken = np.flatnonzero(states[part.records] == REMOVED)
    if not len(taken):
        return last, values[records], states[records] == VALUE
    return _less_taken(part, states, values, last, taken, stored)


def _less_taken(
    part: Part, states: _States, values: Int64s, last: Int64s, taken: Int64s, stored: Callable[[Int64s], _Values]
) -> tuple[Int64s, Int64s, Mask]:
    """The same where values are taken away, from who has them: what was there before counts too."""
    touched = part.last(states != UNTOUCHED)
    touched = touched[np.argsort(part.positions[touched])]
    places = part.positions[touched]
    held_values, is_held = stored(places)
    is_held &= ~np.isin(places, part.fresh)
    since = np.full(len(places), -1)
    at = np.searchsorted(places, part.positions[last])
    records = part.records[last]
    held_values[at], is_held[at], since[at] = values[records], states[records] == VALUE, last
    at = np.searchsorted(places, part.positions[taken])
    is_hit = (taken > since[at]) & (values[part.records[taken]] == held_values[at])
    is_held[at[is_hit]] = False
    return touched, held_values, is_held
