"""`string`: a key. Numbers and booleans are written out; an empty string stores nothing."""

from itertools import compress

import numpy as np

from roarbase.ingest.converted import Converted, SingleRows, initial_states
from roarbase.ingest.converters.ingest_type import IngestType
from roarbase.ingest.faults import Fault
from roarbase.ingest.numbers import NotANumber, plain_text
from roarbase.ingest.row_options import declare_rows
from roarbase.ingest.text import texts_of_strings
from roarbase.ingest.tokens import Tokens
from roarbase.model.batch import UNTOUCHED, VALUE
from roarbase.model.fields import FieldSpec
from roarbase.model.options import Options

__all__ = ["STRING"]

_NO_TEXT = Fault("the value is no text", "a string takes a string, a number or a boolean")


def _declare(name: str, options: Options) -> FieldSpec:
    return declare_rows(name, options, is_keyed=True, may_be_mutex=True)


def _read(tokens: Tokens) -> SingleRows:
    states = initial_states(tokens)
    are_strings = tokens.begin_with('"')
    strings = texts_of_strings(list(compress(tokens.items, are_strings.tolist())))
    if "" in strings:
        are_empty = np.fromiter((not text for text in strings), np.bool_, len(strings))
        states[np.flatnonzero(are_strings)[are_empty]] = UNTOUCHED
    if len(strings) == len(tokens):
        return SingleRows(states=states, rows=strings)
    remaining = iter(strings)
    texts = [next(remaining) if is_string else "" for is_string in are_strings.tolist()]
    result = SingleRows(states=states, rows=texts)
    for row in np.flatnonzero(~are_strings & (states == VALUE)).tolist():
        token = tokens[row]
        try:
            texts[row] = token.decode() if token in (b"true", b"false") else plain_text(token)
        except NotANumber:
            result.faults[row] = _NO_TEXT
    return result


def _convert(tokens: Tokens, spec: FieldSpec) -> Converted:
    found = _read(tokens)
    return found.as_members() if spec.type.is_multivalued else found


STRING = IngestType(name="string", declare=_declare, convert=_convert)
