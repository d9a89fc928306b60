"""`dateInt`: how many units a date is after an epoch, from text in a layout; whole numbers are kept as they are."""

import numpy as np

from roarbase.ingest.converted import Converted, Numbers
from roarbase.ingest.converters.ingest_type import IngestType
from roarbase.ingest.faults import Fault
from roarbase.ingest.layouts import BEYOND_S
from roarbase.ingest.moments import NO_TEXT, read_written
from roarbase.ingest.numbers import NotANumber, exact, plain_text
from roarbase.ingest.time_options import read_epoch_ns, read_layout, read_unit_ns
from roarbase.ingest.tokens import Tokens
from roarbase.model.batch import VALUE
from roarbase.model.fields import INT64_MAX, INT64_MIN, FieldSpec, FieldType
from roarbase.model.options import Options
from roarbase.model.sinks import Definition
from roarbase.model.time_forms import TimeForm

__all__ = ["DATE_INT"]

_ZERO_DATE = b'"0000-00-00"'
_ZERO_SECOND = -62_135_596_800
"""0001-01-01, for which some databases write a date of zeros."""
_BEYOND = Fault("the date is out of range", "a date is of the years 1 to 9999")
_NO_DATE = Fault(
    "the value is no date", "a dateInt takes a text in the layout of the sink, or a whole number, which is kept"
)


def _declare(name: str, options: Options) -> FieldSpec:  # noqa: ARG001 (one signature for all types)
    return FieldSpec(name=name, type=FieldType.INT)


def _read_time(options: Options) -> TimeForm:
    return TimeForm(
        layouts=read_layout(options, "RFC3339", "DateOnly"),
        unit_ns=read_unit_ns(options, may_be_custom=True),
        epoch_ns=read_epoch_ns(options),
    )


def _convert(tokens: Tokens, definition: Definition) -> Converted:
    form, spec = definition.time, definition.spec
    assert form is not None
    found = read_written(tokens, form.layouts)
    # In Python's own numbers: a unit may be any length, and nanoseconds of far years leave 64 bits.
    total_ns = found.seconds.astype(np.object_) * 10**9 + found.nanos
    counts = [_quotient(ns - form.epoch_ns, form.unit_ns) for ns in total_ns.tolist()]
    for row in np.flatnonzero(np.abs(found.seconds) >= BEYOND_S).tolist():
        found.faults[row] = _BEYOND
    for row in [row for row, fault in found.faults.items() if fault is NO_TEXT]:
        number = _whole_or_none(tokens[row])
        if number is None:
            found.faults[row] = _NO_DATE
        else:
            del found.faults[row]
            counts[row] = number
    for row in [row for row, token in enumerate(tokens.items) if bytes(token) == _ZERO_DATE]:
        found.faults.pop(row, None)
        counts[row] = _quotient(_ZERO_SECOND * 10**9 - form.epoch_ns, form.unit_ns)
    low = INT64_MIN if spec.minimum is None else spec.minimum
    high = INT64_MAX if spec.maximum is None else spec.maximum
    for row in np.flatnonzero(found.states == VALUE).tolist():
        if not low <= counts[row] <= high:
            allowed = f"allowed are {low} to {high}"
            found.faults.setdefault(row, Fault("value provided for int field is out of range", allowed))
    values = [count if low <= count <= high else 0 for count in counts]
    return Numbers(states=found.states, values=np.array(values, np.int64), faults=found.faults)


def _quotient(number: int, divisor: int) -> int:
    """Cut toward zero."""
    return number // divisor if number >= 0 else -(-number // divisor)


def _whole_or_none(token: bytes) -> int | None:
    """The number in a token, if it is a whole one."""
    try:
        number = exact(token, 0)
        if number is None or abs(number) > INT64_MAX:
            return number
        return None if "." in plain_text(token) else number
    except NotANumber:
        return None


DATE_INT = IngestType(name="dateInt", declare=_declare, convert=_convert, read_time=_read_time)
