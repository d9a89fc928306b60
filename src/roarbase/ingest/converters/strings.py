"""`strings`: keys to add, from an array of strings or one string with commas."""

from collections.abc import Sequence

import msgspec

from roarbase.ingest.converted import Converted, Members
from roarbase.ingest.converters.ingest_type import IngestType
from roarbase.ingest.faults import Fault
from roarbase.ingest.lists import read_lists, unbracketed
from roarbase.ingest.row_options import declare_rows
from roarbase.ingest.tokens import Tokens
from roarbase.model.fields import FieldSpec
from roarbase.model.options import Options
from roarbase.model.sinks import Definition

__all__ = ["STRINGS"]

_NO_LIST = Fault(
    "the value is no list of strings", 'strings are an array such as ["a", "b"], or a string such as "a,b"'
)

_ARRAY = msgspec.json.Decoder(list[str])
_ARRAYS = msgspec.json.Decoder(list[list[str]])


def _declare(name: str, options: Options) -> FieldSpec:
    return declare_rows(name, options, is_keyed=True, may_be_mutex=False)


def _split(text: str) -> Sequence[str]:
    return unbracketed(text).split(",")


def _convert(tokens: Tokens, definition: Definition) -> Converted:  # noqa: ARG001 (one signature for all types)
    lists = read_lists(tokens, array=_ARRAY, arrays=_ARRAYS, split=_split)
    if "" in lists.elements:
        lists = lists.without("")
    return Members(lengths=lists.lengths, rows=lists.elements, faults=dict.fromkeys(lists.wrong, _NO_LIST))


STRINGS = IngestType(name="strings", declare=_declare, convert=_convert, may_be_key=False)
