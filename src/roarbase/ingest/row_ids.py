"""Row and record ids out of tokens: whole numbers from 0 to 2^64-2.

A fraction is cut off. Blank strings count as missing.
"""

import numpy as np

from roarbase.ingest.converted import SingleRows, initial_states
from roarbase.ingest.faults import Fault
from roarbase.ingest.numbers import NotANumber, Ordinary, exact
from roarbase.ingest.tokens import Tokens
from roarbase.model.batch import UNTOUCHED, VALUE
from roarbase.model.fields import MAXIMUM_ID

__all__ = ["read_ids"]

_RIGHT = f"an id is a whole number from 0 to {MAXIMUM_ID}, plain or in quotes"
_NEGATIVE = Fault("can't use negative value as an id", _RIGHT)
_TOO_LARGE = Fault("the number is too large for an id", _RIGHT)
_NOT_A_NUMBER = Fault("can't convert value for use as ID", _RIGHT)


def read_ids(tokens: Tokens) -> SingleRows:
    """One id per token, or the state that says why there is none."""
    ordinary = Ordinary(tokens)
    ids = ordinary.whole()
    states = initial_states(tokens)
    result = SingleRows(states=states, rows=ids)
    is_done = ordinary.are_read & ~(ordinary.are_negative & (ids > 0))
    for row in np.flatnonzero(~is_done & (states == VALUE)).tolist():
        found = _read_one(tokens[row])
        if isinstance(found, Fault):
            result.faults[row] = found
        elif found is None:
            states[row] = UNTOUCHED
        else:
            ids[row] = found
    return result


def _read_one(token: bytes) -> int | Fault | None:
    try:
        number = exact(token, 0)
    except NotANumber:
        return _NOT_A_NUMBER
    if number is None:
        return None
    if number < 0:
        return _NEGATIVE
    return _TOO_LARGE if number > MAXIMUM_ID else number
