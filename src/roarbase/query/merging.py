"""Values set one by one, written together: a batch of a thousand records takes as long as one of a few.

A statement may hold thousands of calls of Set. Those that stand beside one another become one batch per field, in
which no record occurs twice, so that the engine can tell of each what it changed. A record that occurs again
begins the field's next batch: what a later call sets comes later.

Keys keep the order of their first use in the statement. So of a field with keys every record that occurs again
begins a new batch, and records are made in front, by a batch without a value, where several fields are set.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from roarbase.engine.edits import Step, TellingBatch
from roarbase.model.batch import (
    NO_TIME,
    VALUE,
    Batch,
    Column,
    KeyedRows,
    MutexColumn,
    NumberColumn,
    ReferenceColumn,
    SetColumn,
)

__all__ = ["Merged", "merged"]

_Whole = NDArray[np.integer[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """A step of a write, and which steps of the statement it makes.

    Attributes:
        places: Of a telling batch, the step that each of its records stands for; of others the one step. A step may
            be made by several.
    """

    step: Step
    places: tuple[int, ...]


@dataclass(slots=True)
class _Run:
    """Steps that set values of one field, of different records."""

    records: set[int | str] = field(default_factory=set)
    places: list[int] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    names: list[int | str] = field(default_factory=list)


def merged(steps: Sequence[Step]) -> Iterator[Merged]:
    """The steps in order, those put together that set values beside one another."""
    for kind, group in groupby(enumerate(steps), lambda pair: _record_kind(pair[1])):
        pairs = [*group]
        if kind is None or len(pairs) == 1:
            yield from (Merged(step=step, places=(place,)) for place, step in pairs)
        else:
            yield from _together([(place, step) for place, step in pairs if isinstance(step, Batch)])


def _record_kind(step: Step) -> str | None:
    """How a step that gives one record one value knows its record; None for other steps."""
    if not isinstance(step, Batch) or not step.makes_records or len(step) != 1 or len(step.columns) != 1:
        return None
    return "id" if step.keys is None else "key"


def _together(pairs: Sequence[tuple[int, Batch]]) -> Iterator[Merged]:
    table = pairs[0][1].table
    if _makes_records_first([batch for _, batch in pairs]):
        first: dict[int | str, int] = {}
        for place, batch in pairs:
            first.setdefault(_name_of(batch), place)
        yield Merged(step=TellingBatch(_named(table, (), [*first])), places=tuple(first.values()))
    for run in _runs(pairs):
        batch = _named(table, (_column(run.columns),), run.names)
        yield Merged(step=batch if len(run.places) == 1 else TellingBatch(batch), places=tuple(run.places))


def _makes_records_first(batches: Sequence[Batch]) -> bool:
    """Whether the records are to be made before any value is set: in the order of the statement, and by the first call.

    A row of a time field may be kept nowhere, where it has no time; then the record is all that the call makes.
    """
    columns = [batch.columns[0] for batch in batches]
    if len({column.field for column in columns}) == 1:
        return False
    return batches[0].keys is not None or any(isinstance(c, SetColumn) and c.times is None for c in columns)


def _runs(pairs: Sequence[tuple[int, Batch]]) -> Iterator[_Run]:
    by_field: dict[str, list[_Run]] = {}
    for place, batch in pairs:
        name = _name_of(batch)
        column = batch.columns[0]
        runs = by_field.setdefault(column.field, [])
        run = _run_for(runs, name, keeps_order=isinstance(getattr(column, "rows", None), KeyedRows))
        run.records.add(name)
        run.names.append(name)
        run.places.append(place)
        run.columns.append(column)
    for runs in by_field.values():
        yield from runs


def _name_of(batch: Batch) -> int | str:
    """The one record of a batch."""
    if batch.keys is not None:
        return batch.keys[0]
    assert batch.ids is not None
    return int(batch.ids[0])


def _run_for(runs: list[_Run], name: int | str, *, keeps_order: bool) -> _Run:
    """The run that a step of a record belongs to: one behind all runs that have the record already."""
    first = len(runs) - 1 if keeps_order else 0
    for run in runs[max(first, 0) :]:
        if name not in run.records:
            return run
    runs.append(_Run())
    return runs[-1]


# ---- batches -------------------------------------------------------------------------------


def _named(table: str, columns: tuple[Column, ...], names: Sequence[int | str]) -> Batch:
    if isinstance(names[0], str):
        return Batch(table=table, columns=columns, keys=[str(name) for name in names])
    return Batch(table=table, columns=columns, ids=np.array(names, np.uint64))


def _column(columns: Sequence[Column]) -> Column:
    """Columns of one value each as one column."""
    first = columns[0]
    match first:
        case NumberColumn():
            values = np.concatenate([c.values for c in columns if isinstance(c, NumberColumn)])
            return replace(first, states=_states(columns), values=values)
        case MutexColumn():
            rows = _rows([c.rows for c in columns if isinstance(c, MutexColumn)])
            return replace(first, states=_states(columns), rows=rows)
        case ReferenceColumn():
            keyed = _rows([c.rows for c in columns if isinstance(c, ReferenceColumn)])
            assert isinstance(keyed, KeyedRows)
            return replace(first, states=_states(columns), rows=keyed)
        case SetColumn():
            sets = [c for c in columns if isinstance(c, SetColumn)]
            return replace(
                first,
                states=None,
                offsets=np.arange(len(sets) + 1, dtype=np.int64),
                rows=_rows([c.rows for c in sets]),
                times=_times(sets),
            )


def _states(columns: Sequence[Column]) -> NDArray[np.uint8]:
    return np.concatenate([np.full(1, VALUE, np.uint8) if c.states is None else c.states for c in columns])


def _times(columns: Sequence[SetColumn]) -> NDArray[np.int64] | None:
    if all(column.times is None for column in columns):
        return None
    return np.array([NO_TIME if c.times is None else int(c.times[0]) for c in columns], np.int64)


def _rows(rows: Sequence[_Whole | KeyedRows]) -> _Whole | KeyedRows:
    keyed = [each.keys[int(each.codes[0])] for each in rows if isinstance(each, KeyedRows)]
    if not keyed:
        return np.concatenate([each for each in rows if not isinstance(each, KeyedRows)])
    numbers = {key: number for number, key in enumerate(dict.fromkeys(keyed))}
    return KeyedRows(keys=[*numbers], codes=np.array([numbers[key] for key in keyed], np.int64))
