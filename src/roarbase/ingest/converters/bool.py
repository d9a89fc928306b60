"""`bool`: true or false, also as a word or a number."""

import numpy as np

from roarbase.ingest.converted import Converted, Numbers, initial_states
from roarbase.ingest.converters.ingest_type import IngestType
from roarbase.ingest.faults import Fault
from roarbase.ingest.numbers import NotANumber, exact
from roarbase.ingest.text import text_of_string
from roarbase.ingest.tokens import Tokens
from roarbase.model.batch import UNTOUCHED, VALUE
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.options import Options
from roarbase.model.sinks import Definition

__all__ = ["BOOL"]

_NO_BOOL = Fault(
    "the value is no boolean", "a bool takes true, false, a number, or one of the words 1 t true 0 f false"
)
_WORDS = {"1": 1, "t": 1, "true": 1, "0": 0, "f": 0, "false": 0}


def _declare(name: str, options: Options) -> FieldSpec:  # noqa: ARG001 (one signature for all types)
    return FieldSpec(name=name, type=FieldType.BOOL)


def _read_one(token: bytes) -> int | Fault | None:
    """1 or 0; None for a blank string."""
    if token[:1] == b'"':
        word = text_of_string(token).strip().lower()
        return _WORDS.get(word, _NO_BOOL) if word else None
    try:
        return int(exact(token, 0) != 0)
    except NotANumber:
        return _NO_BOOL


def _convert(tokens: Tokens, definition: Definition) -> Converted:  # noqa: ARG001 (one signature for all types)
    states = initial_states(tokens)
    is_true = tokens.begin_with("t")
    result = Numbers(states=states, values=is_true.astype(np.int64))
    is_done = is_true | tokens.begin_with("f")
    for row in np.flatnonzero(~is_done & (states == VALUE)).tolist():
        found = _read_one(tokens[row])
        if isinstance(found, Fault):
            result.faults[row] = found
        elif found is None:
            states[row] = UNTOUCHED
        else:
            result.values[row] = found
    return result


BOOL = IngestType(name="bool", declare=_declare, convert=_convert)
