"""Writes to fields with at most one value per record: numbers, mutex and bool.

What a batch says of one record comes down to one value or none before it reaches the column.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.buffers.arrays import Int64s, Mask, sorted_distinct
from roarbase.engine.columns.codes import CodeColumn
from roarbase.engine.storage.entries import MutexValues, NumberValues, Packed
from roarbase.engine.storage.packing import count_packed, unpack
from roarbase.engine.tables.fields import NumberField, RowField
from roarbase.engine.tables.parts import Part
from roarbase.model.batch import CLEARED, REMOVED, VALUE

__all__ = ["write_codes", "write_numbers"]

_States = NDArray[np.uint8]
_Values = tuple[Int64s, Mask]
"""One value per place, and whether there is one."""


def write_numbers(field: NumberField, part: Part, written: NumberValues | None) -> None:
    """Write numbers; without `written`, only have the column hear of new records."""
    if written is None:
        if len(part.fresh):
            nothing = np.zeros(0, np.int64)
            field.column.write(nothing, nothing, nothing.astype(np.bool_), part.fresh)
        return
    states = _states(written.states, written.values)
    values = np.zeros(len(states), np.int64)
    values[_is_given(states)] = unpack(written.values, np.int64)
    positions, numbers, is_value = _settled(part, states, values, field.column.values_at)
    is_changed = field.column.write(positions, numbers, is_value, part.fresh)
    field.bitmaps.note_numbers(positions, numbers, is_value)
    part.note_changed(positions[is_changed])


def write_codes(field: RowField, part: Part, written: NumberValues | MutexValues) -> None:
    """Write the rows of a mutex or bool field."""
    column = field.column
    assert isinstance(column, CodeColumn)
    states = _states(written.states, _values(written))
    codes = _codes(field, states, written)
    positions, new, is_value = _settled(part, states, codes, partial(_stored, column))
    if len(positions):
        old, new = column.write(positions, np.where(is_value, new, -1))
        field.bitmaps.note_codes(positions, old, new)
        part.note_changed(positions[old != new])


def _states(states: bytes, values: Packed) -> _States:
    """What is done to each record; where the entry does not say it, each has one of the values."""
    return np.frombuffer(states, np.uint8) if states else np.full(count_packed(values), VALUE, np.uint8)


def _values(written: NumberValues | MutexValues) -> Packed:
    return written.values if isinstance(written, NumberValues) else written.rows


def _is_given(states: _States) -> Mask:
    is_given: Mask = (states == VALUE) | (states == REMOVED)
    return is_given


def _codes(field: RowField, states: _States, written: NumberValues | MutexValues) -> Int64s:
    """The code of each row given, -1 where there is none; rows that are only taken away get no code of their own."""
    packed = _values(written)  # a bool's numbers are its row ids
    rows = np.zeros(len(states), np.uint64)
    rows[_is_given(states)] = unpack(packed, np.uint64)
    codes = np.full(len(states), -1, np.int64)
    codes[states == VALUE] = field.names.codes_of_ids(rows[states == VALUE])
    codes[states == REMOVED] = field.names.known_codes(rows[states == REMOVED])
    return codes


def _stored(column: CodeColumn, positions: Int64s) -> _Values:
    codes = np.full(len(positions), -1, np.int64)
    held, members = column.members(positions)
    codes[held] = members
    return codes, codes >= 0


def _settled(
    part: Part, states: _States, values: Int64s, stored: Callable[[Int64s], _Values]
) -> tuple[Int64s, Int64s, Mask]:
    """Positions, each once, and the value that each of them is to have, if any."""
    last = part.last((states == VALUE) | (states == CLEARED))
    positions, records = part.positions[last], part.records[last]
    new, is_value = values[records], states[records] == VALUE
    taken = np.flatnonzero(states[part.records] == REMOVED)
    if not len(taken):
        return positions, new, is_value
    places = sorted_distinct(np.concatenate((positions, part.positions[taken])))
    held_values, is_held = stored(places)
    is_held &= ~np.isin(places, part.fresh)
    since = np.full(len(places), -1)
    at = np.searchsorted(places, positions)
    held_values[at], is_held[at], since[at] = new, is_value, last
    at = np.searchsorted(places, part.positions[taken])
    is_hit = (taken > since[at]) & (values[part.records[taken]] == held_values[at])
    is_held[at[is_hit]] = False
    return places, held_values, is_held
