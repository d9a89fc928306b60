"""Columns of whole numbers with bounds, as int and decimal fields keep them."""

import numpy as np

from roarbase.ingest.converted import Numbers, initial_states
from roarbase.ingest.faults import Fault
from roarbase.ingest.numbers import NotANumber, Ordinary, exact
from roarbase.ingest.tokens import Tokens
from roarbase.model.batch import UNTOUCHED, VALUE
from roarbase.model.fields import INT64_MAX, INT64_MIN, FieldSpec

__all__ = ["read_scaled"]


def read_scaled(tokens: Tokens, spec: FieldSpec, not_a_number: Fault) -> Numbers:
    """Each token's number times 10^scale, cut toward zero, within the field's bounds."""
    low = INT64_MIN if spec.minimum is None else spec.minimum
    high = INT64_MAX if spec.maximum is None else spec.maximum
    ordinary = Ordinary(tokens)
    values, fits = ordinary.scaled(spec.scale)
    states = initial_states(tokens)
    result = Numbers(states=states, values=values)
    is_done = ordinary.are_read & fits & (values >= low) & (values <= high)
    for row in np.flatnonzero(~is_done & (states == VALUE)).tolist():
        try:
            number = exact(tokens[row], spec.scale)
        except NotANumber:
            result.faults[row] = not_a_number
            continue
        if number is None:
            states[row] = UNTOUCHED
        elif low <= number <= high:
            values[row] = number
        else:
            result.faults[row] = _out_of_range(spec, low, high)
    return result


def _out_of_range(spec: FieldSpec, low: int, high: int) -> Fault:
    allowed = f"allowed are {_unscaled(low, spec.scale)} to {_unscaled(high, spec.scale)}"
    return Fault(f"value provided for {spec.type} field is out of range", allowed)


def _unscaled(number: int, scale: int) -> str:
    whole, rest = divmod(abs(number), 10**scale)
    return f"{'-' if number < 0 else ''}{whole}" + (f".{rest:0{scale}d}" if scale else "")
