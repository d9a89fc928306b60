"""Converted columns: what a converter made of its tokens, for all well-formed records.

They are one step before the columns of a batch: some records may yet be refused because of
another field. `column` keeps the accepted ones and codes strings as a dictionary.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from roarbase.ingest.faults import Fault
from roarbase.ingest.tokens import Tokens
from roarbase.model.batch import (
    CLEARED,
    UNTOUCHED,
    VALUE,
    Column,
    KeyedRows,
    MutexColumn,
    NumberColumn,
    ReferenceColumn,
    SetColumn,
)

__all__ = ["Converted", "Members", "Numbers", "References", "SingleRows", "initial_states"]

_Rows = NDArray[np.uint64] | Sequence[str]
_Keep = NDArray[np.bool_] | None
"""Which records stay; None is all of them."""


def initial_states(tokens: Tokens) -> NDArray[np.uint8]:
    """UNTOUCHED where the token is missing, CLEARED where it is null, else VALUE."""
    states = np.full(len(tokens), VALUE, np.uint8)
    states[tokens.are_missing] = UNTOUCHED
    states[tokens.are_null] = CLEARED
    return states


def _coded(rows: _Rows) -> NDArray[np.uint64] | KeyedRows:
    if isinstance(rows, np.ndarray):
        return rows
    codes = {key: code for code, key in enumerate(dict.fromkeys(rows))}
    return KeyedRows(keys=list(codes), codes=np.fromiter(map(codes.__getitem__, rows), np.int64, len(rows)))


def _coded_where(has_row: NDArray[np.bool_], rows: _Rows) -> NDArray[np.uint64] | KeyedRows:
    """Code the rows that count; the others get code 0, so that no key is made for them."""
    if isinstance(rows, np.ndarray) or has_row.all():
        return _coded(rows)
    coded = _coded(_kept(rows, has_row))
    assert isinstance(coded, KeyedRows)
    codes = np.zeros(len(has_row), np.int64)
    codes[has_row] = coded.codes
    return KeyedRows(keys=coded.keys, codes=codes)


def _kept(rows: _Rows, keep: NDArray[np.bool_]) -> _Rows:
    return rows[keep] if isinstance(rows, np.ndarray) else list(compress(rows, keep.tolist()))


@dataclass(kw_only=True, slots=True)
class Numbers:
    """One number per record, or none. `faults` says which records are refused for it."""

    states: NDArray[np.uint8]
    values: NDArray[np.int64]
    faults: dict[int, Fault] = field(default_factory=dict)

    def column(self, name: str, keep: _Keep) -> Column | None:
        """The column of a batch; None if it would leave every record as it is."""
        states, values = (self.states, self.values) if keep is None else (self.states[keep], self.values[keep])
        return NumberColumn(field=name, states=states, values=values) if states.any() else None


@dataclass(kw_only=True, slots=True)
class SingleRows:
    """One row per record, or none: row ids or keys."""

    states: NDArray[np.uint8]
    rows: _Rows
    faults: dict[int, Fault] = field(default_factory=dict)

    def column(self, name: str, keep: _Keep) -> Column | None:
        """The column of a batch; None if it would leave every record as it is."""
        states, rows = (self.states, self.rows) if keep is None else (self.states[keep], _kept(self.rows, keep))
        if not states.any():
            return None
        return MutexColumn(field=name, states=states, rows=_coded_where(states == VALUE, rows))

    def as_members(self) -> "Members":
        """The same rows for a field that holds several: none, or one more."""
        has_row = self.states == VALUE
        return Members(lengths=has_row.astype(np.int64), rows=_kept(self.rows, has_row), faults=self.faults)


@dataclass(kw_only=True, slots=True)
class References:
    """The key of one record of another table per record, or none."""

    states: NDArray[np.uint8]
    rows: Sequence[str]
    faults: dict[int, Fault] = field(default_factory=dict)

    def column(self, name: str, keep: _Keep) -> Column | None:
        """The column of a batch; None if it would leave every record as it is."""
        states, keys = (self.states, self.rows) if keep is None else (self.states[keep], _kept(self.rows, keep))
        if not states.any():
            return None
        rows = _coded_where(states == VALUE, keys)
        assert isinstance(rows, KeyedRows)
        return ReferenceColumn(field=name, states=states, rows=rows)


@dataclass(kw_only=True, slots=True)
class Members:
    """_Rows to add to each record: `lengths` says how many of `rows` are the first record's, and so on."""

    lengths: NDArray[np.int64]
    rows: _Rows
    faults: dict[int, Fault] = field(default_factory=dict)

    def column(self, name: str, keep: _Keep) -> Column | None:
        """The column of a batch; None if it would leave every record as it is."""
        lengths, rows = self.lengths, self.rows
        if keep is not None:
            lengths, rows = lengths[keep], _kept(rows, np.repeat(keep, lengths))
        offsets = np.concatenate(([0], np.cumsum(lengths)))
        return SetColumn(field=name, offsets=offsets, rows=_coded(rows)) if len(rows) else None


Converted = Numbers | SingleRows | References | Members
