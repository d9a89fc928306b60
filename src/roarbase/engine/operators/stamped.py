"""Stamped: what records got in a time field, and when."""

from collections.abc import Callable

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.buffers.layout import SHARD_BITS
from roarbase.engine.kernels.port import SHARD_POSITIONS
from roarbase.engine.operators.cells import field_column, record_cells
from roarbase.engine.operators.gathered import Gathered, Members
from roarbase.engine.operators.gathering import gather_at
from roarbase.engine.operators.scan import Scan
from roarbase.engine.plan import Stamped, TimeRange
from roarbase.engine.tables.fields import RowField
from roarbase.engine.views.calendar import first_seconds
from roarbase.engine.views.stamps import Stamps, split_pairs
from roarbase.model.results import DataType, ExtractResult, ResultColumn

__all__ = ["stamped"]


def stamped(scan: Scan, plan: Stamped) -> Callable[[], ExtractResult]:
    """A row for each record and unit of the calendar in which it got something: `_id`, `time`, and the field."""
    scan.during(scan.field(plan.field), TimeRange())  # no time field: BadRequest
    field = scan.rows(plan.field, "Stamped")
    assert field.stamps is not None
    stamps = field.stamps.snapshot()
    positions = np.concatenate([np.zeros(0, np.int64), *(_positions(stamps, shard) for shard in stamps.shards)])
    records = gather_at(scan, positions, ())
    return lambda: _listed(scan, field, stamps, records)


def _positions(stamps: Stamps, shard: int) -> Int64s:
    """The positions of a shard that have a stamp, each once, ascending."""
    flags = np.zeros(SHARD_POSITIONS, np.bool_)
    for _, _, pairs in stamps.listed(shard):
        flags[split_pairs(pairs)[0]] = True
    return np.flatnonzero(flags) + (shard << SHARD_BITS)


def _listed(scan: Scan, field: RowField, stamps: Stamps, records: Gathered) -> ExtractResult:
    places, seconds, codes = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for shard in stamps.shards:
        for unit, numbers, pairs in stamps.listed(shard):
            inside, held = split_pairs(pairs)
            places.append(np.searchsorted(records.positions, inside + (shard << SHARD_BITS)))
            seconds.append(first_seconds(unit, numbers))
            codes.append(held)
    place, second = np.concatenate(places), np.concatenate(seconds)
    order = np.lexsort((second, records.ids[place]))
    place, second = place[order], second[order]
    begins = np.ones(len(order), np.bool_)
    begins[1:] = (np.diff(place) != 0) | (np.diff(second) != 0)
    members = Members(count=int(begins.sum()), indexes=np.cumsum(begins) - 1, members=np.concatenate(codes)[order])
    own = ResultColumn(name="_id", type=scan.record_type, cells=record_cells(records.at(place[begins])))
    times = ResultColumn(name="time", type=DataType.TIMESTAMP, cells=second[begins].tolist())
    return ExtractResult(records=own, fields=(times, field_column(scan, field, members)))
