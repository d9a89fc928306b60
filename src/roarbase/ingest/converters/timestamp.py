"""`timestamp`: a moment, from text in a layout, or with Unit or Epoch from a number; kept in its Granularity."""

import numpy as np
from numpy.typing import NDArray

from roarbase.ingest.converted import Converted, Numbers
from roarbase.ingest.converters.ingest_type import IngestType
from roarbase.ingest.faults import Fault
from roarbase.ingest.moments import Moments, read_counted, read_written
from roarbase.ingest.time_options import is_counted, read_layout, read_unit_ns
from roarbase.ingest.tokens import Tokens
from roarbase.model.batch import VALUE
from roarbase.model.field_definitions import read_config
from roarbase.model.fields import INT64_MAX, INT64_MIN, FieldSpec, FieldType
from roarbase.model.options import Options
from roarbase.model.sinks import Definition
from roarbase.model.time_forms import TimeForm
from roarbase.model.timestamps import seconds_range, timestamp_text

__all__ = ["TIMESTAMP"]


def _declare(name: str, options: Options) -> FieldSpec:
    return read_config(options, FieldSpec(name=name, type=FieldType.TIMESTAMP), ("timeUnit", "epoch"))


def _read_time(options: Options) -> TimeForm:
    if is_counted(options):
        return TimeForm(unit_ns=read_unit_ns(options))
    return TimeForm(layouts=read_layout(options, "RFC3339Nano"))


def _convert(tokens: Tokens, definition: Definition) -> Converted:
    spec, form = definition.spec, definition.time
    assert form is not None
    if form.layouts:
        found = read_written(tokens, form.layouts)
        values, is_fitting = _of_moments(found, spec)
    else:
        found = read_counted(tokens, form.unit_ns)
        values, is_fitting = _of_counts(found, spec)
    low = INT64_MIN if spec.minimum is None else spec.minimum
    high = INT64_MAX if spec.maximum is None else spec.maximum
    is_fitting &= (values >= low) & (values <= high)
    for row in np.flatnonzero((found.states == VALUE) & ~is_fitting).tolist():
        found.faults.setdefault(row, _out_of_range(spec))
    return Numbers(states=found.states, values=np.where(is_fitting, values, 0), faults=found.faults)


def _of_moments(found: Moments, spec: FieldSpec) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The values of moments, cut to the field's unit, and which of them it can hold."""
    low, high = seconds_range(spec.unit)
    is_fitting = (found.seconds >= low) & ((found.seconds < high) | ((found.seconds == high) & (found.nanos == 0)))
    return _units(found, spec, is_fitting)[0], is_fitting


def _of_counts(found: Moments, spec: FieldSpec) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The values of counts since the field's epoch, cut toward zero, and which of them it can hold."""
    low, high = seconds_range(spec.unit)
    # Further away than the whole range is long, no epoch within it leads back into it.
    is_near = np.abs(found.seconds) <= high - low
    counts, is_cut = _units(found, spec, is_near)
    # A sum that leaves 64 bits comes back beyond the other end of the range.
    values = counts + (is_cut & (counts < 0)) + spec.epoch_units
    return values, is_near & (values >= low * 10**spec.places) & (values <= high * 10**spec.places)


def _units(found: Moments, spec: FieldSpec, is_near: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Moments in whole units of the field, rounded down; and of which something was cut. 0 for those not near."""
    finer = 10 ** (9 - spec.places)
    return np.where(is_near, found.seconds, 0) * 10**spec.places + found.nanos // finer, found.nanos % finer != 0


def _out_of_range(spec: FieldSpec) -> Fault:
    low, high = (end * 10**spec.places for end in seconds_range(spec.unit))
    low = low if spec.minimum is None else max(low, spec.minimum)
    high = high if spec.maximum is None else min(high, spec.maximum)
    allowed = f"allowed are {timestamp_text(low, spec.places)} to {timestamp_text(high, spec.places)}"
    return Fault("value provided for timestamp field is out of range", allowed)


TIMESTAMP = IngestType(name="timestamp", declare=_declare, convert=_convert, read_time=_read_time)
