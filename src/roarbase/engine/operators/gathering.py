"""Gathering: the values of many records, read piece by piece while writes go on.

Reading millions of values takes longer than a write should wait. So the lock is given back after
every piece, and a watch tells which records were written to meanwhile. The last hold of the lock
reads those again, and those that the filter selects only now: the answer is the table as it is
then, at one moment.

    select ─► piece, piece, ... ─► what was touched or is new ─► again, while that is much ─► the rest in one hold
"""

from collections.abc import Callable, Sequence

import numpy as np

from roarbase.engine.buffers.arrays import Int64s, is_in, latest
from roarbase.engine.filters.filter import Filter
from roarbase.engine.names.record_ids import RecordIds
from roarbase.engine.names.record_keys import RecordKeys
from roarbase.engine.operators.gathered import Gathered, Keys, joined
from roarbase.engine.operators.scan import Scan
from roarbase.engine.operators.selection import Selection
from roarbase.engine.operators.taking import members_at
from roarbase.engine.plan import FieldDuring
from roarbase.engine.tables.watch import Watch
from roarbase.errors import ResourceLimitExceeded, ResourceNotFound

__all__ = ["Asked", "Select", "gather", "gather_at"]

Asked = str | FieldDuring
"""A field, or what was got in it within a range of time."""

Select = Callable[[Scan], Filter]
"""What selects the records; asked again at the end."""

_AT_ONCE = 2**16
"""Records of one piece: about a millisecond per field."""

_SETTLED = 2**16
"""So many records may be read in the last hold of the lock."""

_ROUNDS = 32
"""Then the last hold takes what is left, however much that is: who writes without end must not starve a reader."""

_PAIR_BYTES = 16


def gather_at(scan: Scan, positions: Int64s, asked: Sequence[Asked]) -> Gathered:
    """The values of these records now, in one hold of the lock."""
    scan.budget.check()
    fields = members_at(scan, [field.column for field in scan.all_asked(asked)], positions)
    records = scan.table.records
    return Gathered(
        positions=positions,
        ids=records.ids_at(positions) if isinstance(records, RecordIds) else scan.record_order(positions),
        keys=Keys.of(records.gather(positions), len(positions)) if isinstance(records, RecordKeys) else None,
        fields=fields,
    )


def gather(scan: Scan, select: Select, asked: Sequence[Asked]) -> Callable[[], Gathered]:
    """The values of all records that a filter selects, ascending by position.

    To be called under the lock; what it returns is called without it, and does the work if that is much.

    Raises:
        ResourceLimitExceeded: The values take more memory than a query may have.
        ResourceNotFound: The table or a field was dropped meanwhile.
    """
    among = select(scan)
    few = scan.positions(among, _AT_ONCE)
    if len(few) < _AT_ONCE:
        gathered = gather_at(scan, few, asked)
        return lambda: gathered
    selection = Selection.of(scan, among)
    _check_memory(scan, len(selection), len(asked))
    reading = _Reading(scan, select, tuple(asked), selection, scan.table.watches.open())
    return reading.finish


def _check_memory(scan: Scan, records: int, fields: int) -> None:
    size_bytes = records * (8 + fields * _PAIR_BYTES)
    if size_bytes > scan.group_bytes:
        raise ResourceLimitExceeded(
            f"the query reads {fields} fields of {records} records, which takes over {scan.group_bytes} bytes "
            "of memory: select fewer records or fields, or give a limit",
            limit_bytes=scan.group_bytes,
        )


class _Reading:
    """One gathering that goes on after the lock was given back.

    `_known` is what was read and not written to since.
    """

    def __init__(
        self, scan: Scan, select: Select, asked: tuple[Asked, ...], selection: Selection, watch: Watch
    ) -> None:
        self._scan = scan
        self._select = select
        self._asked = asked
        self._names = [each.field if isinstance(each, FieldDuring) else each for each in asked]
        self._fields = [scan.field(name) for name in self._names]
        self._watch = watch
        self._selection = selection
        self._known = selection
        self._pieces: list[Gathered] = []
        self._again: list[Gathered] = []

    def finish(self) -> Gathered:
        """Read everything, and again what was touched, until little is left for the last hold of the lock."""
        try:
            self._read(self._selection, self._pieces)
            for round_number in range(_ROUNDS):
                missing = self._settle(is_last=round_number == _ROUNDS - 1)
                if missing is None:
                    break
                self._read(missing, self._again)
        finally:
            self._scan.table.watches.close(self._watch)
        return self._result()

    def _read(self, wanted: Selection, into: list[Gathered]) -> None:
        for positions in wanted.pieces(_AT_ONCE):
            with self._scan.reopened() as now:
                into.append(self._take(now, positions))

    def _take(self, now: Scan, positions: Int64s) -> Gathered:
        for name, field in zip(self._names, self._fields, strict=True):
            if now.table.fields.get(name) is not field:
                raise ResourceNotFound(f"field {name!r} was dropped while the query ran", field=name)
        return gather_at(now, positions, self._asked)

    def _settle(self, *, is_last: bool) -> Selection | None:
        """What is still to be read; None if it was little and is read now: then this is the moment of the answer."""
        with self._scan.reopened() as now:
            self._selection = Selection.of(now, self._select(now))
            self._known = self._known.lengthened(self._selection)
            self._known.drop(self._watch.take())
            missing = self._selection.without(self._known)
            if is_last or len(missing) <= _SETTLED:
                self._again += [self._take(now, positions) for positions in missing.pieces(_AT_ONCE)]
                return None
            for positions in missing.pieces(_AT_ONCE):
                self._known.add(positions)
            return missing

    def _result(self) -> Gathered:
        """The last reading of every record that is selected at the end, by position."""
        first = joined(self._pieces)
        if not self._again:
            return first if len(first.positions) == len(self._selection) else _kept(first, self._selection)
        again = joined(self._again)
        again = again.at(latest(again.positions))
        untouched = first.at(np.flatnonzero(~is_in(first.positions, again.positions)))
        both = joined([_kept(untouched, self._selection), _kept(again, self._selection)])
        return both.at(np.argsort(both.positions, kind="stable"))


def _kept(gathered: Gathered, selection: Selection) -> Gathered:
    return gathered.at(np.flatnonzero(selection.has(gathered.positions)))
