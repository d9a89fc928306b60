"""Columns of texts: keys of rows, and keys of records. Numbers and booleans are written out."""

from itertools import compress

import numpy as np

from roarbase.ingest.converted import SingleRows, initial_states
from roarbase.ingest.faults import Fault
from roarbase.ingest.numbers import NotANumber, plain_text
from roarbase.ingest.text import texts_of_strings
from roarbase.ingest.tokens import Tokens
from roarbase.model.batch import UNTOUCHED, VALUE

__all__ = ["read_texts"]


def read_texts(tokens: Tokens, no_text: Fault) -> SingleRows:
    """Each token's text; an empty string stores nothing."""
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
            result.faults[row] = no_text
    return result
