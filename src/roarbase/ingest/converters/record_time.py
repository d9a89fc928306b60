"""`recordTime`: when a record happened, which is the time of all its fields with a Quantum. No field of its own."""

import numpy as np

from roarbase.ingest.converted import Converted, Numbers
from roarbase.ingest.converters.ingest_type import IngestType
from roarbase.ingest.faults import Fault
from roarbase.ingest.moments import Moments, read_counted, read_written
from roarbase.ingest.time_options import is_counted, read_epoch_ns, read_layout, read_unit_ns
from roarbase.ingest.tokens import Tokens
from roarbase.model.batch import CLEARED, VALUE
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.options import Options
from roarbase.model.sinks import RECORD_TIME as NAME
from roarbase.model.sinks import Definition
from roarbase.model.time_forms import TimeForm
from roarbase.model.timestamps import seconds_range, timestamp_text

__all__ = ["RECORD_TIME"]

_NULL = Fault("a record's time cannot be null", "leave it out for a record without a time")


def _declare(name: str, options: Options) -> FieldSpec:  # noqa: ARG001 (one signature for all types)
    return FieldSpec(name=name, type=FieldType.TIMESTAMP)


def _read_time(options: Options) -> TimeForm:
    if is_counted(options):
        return TimeForm(unit_ns=read_unit_ns(options), epoch_ns=read_epoch_ns(options))
    return TimeForm(layouts=read_layout(options, "RFC3339"))


def _convert(tokens: Tokens, definition: Definition) -> Converted:
    """Whole seconds since 1970; a null is at fault, since the record's time cannot be cleared."""
    form = definition.time
    assert form is not None
    found = read_written(tokens, form.layouts) if form.layouts else read_counted(tokens, form.unit_ns)
    seconds = _since_1970(found, form)
    low, high = seconds_range("s")
    for row in np.flatnonzero(found.states == CLEARED).tolist():
        found.faults[row] = _NULL
    for row in np.flatnonzero((found.states == VALUE) & ((seconds < low) | (seconds > high))).tolist():
        found.faults.setdefault(row, _out_of_range(low, high))
    return Numbers(states=found.states, values=seconds, faults=found.faults)


def _since_1970(found: Moments, form: TimeForm) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    epoch_s, epoch_rest_ns = divmod(form.epoch_ns, 10**9)
    return found.seconds + epoch_s + (found.nanos + epoch_rest_ns) // 10**9


def _out_of_range(low: int, high: int) -> Fault:
    allowed = f"allowed are {timestamp_text(low, 0)} to {timestamp_text(high, 0)}"
    return Fault("value provided for recordTime is out of range", allowed)


RECORD_TIME = IngestType(name=NAME, declare=_declare, convert=_convert, read_time=_read_time, may_be_key=False)
