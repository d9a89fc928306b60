"""`ids`: row ids to add, from an array of numbers or a string such as `"[1,2]"` or `"1,2"`."""

from collections.abc import Sequence

import msgspec
import numpy as np

from roarbase.ingest.converted import Converted, Members
from roarbase.ingest.converters.ingest_type import IngestType
from roarbase.ingest.faults import Fault, shown
from roarbase.ingest.lists import read_lists, unbracketed
from roarbase.ingest.row_ids import read_ids
from roarbase.ingest.row_options import declare_rows
from roarbase.ingest.tokens import Tokens
from roarbase.model.batch import VALUE
from roarbase.model.fields import FieldSpec
from roarbase.model.options import Options
from roarbase.model.sinks import Definition

__all__ = ["IDS"]

_RIGHT = 'ids are an array of whole numbers, or a string such as "[1,2]" or "1,2"'
_NO_LIST = Fault("the value is no list of ids", _RIGHT)
_NO_ELEMENT = Fault("the list holds an element that is no id", _RIGHT)

_ARRAY = msgspec.json.Decoder(list[msgspec.Raw])
_ARRAYS = msgspec.json.Decoder(list[list[msgspec.Raw]])


def _declare(name: str, options: Options) -> FieldSpec:
    return declare_rows(name, options, is_keyed=False, may_be_mutex=False)


def _split(text: str) -> Sequence[msgspec.Raw]:
    inner = unbracketed(text.strip()).strip()
    return [msgspec.Raw(msgspec.json.encode(part)) for part in inner.split(",")] if inner else []


def _convert(tokens: Tokens, definition: Definition) -> Converted:  # noqa: ARG001 (one signature for all types)
    lists = read_lists(tokens, array=_ARRAY, arrays=_ARRAYS, split=_split)
    faults = dict.fromkeys(lists.wrong, _NO_LIST)
    parts = Tokens(lists.elements)
    elements = read_ids(parts)
    owners = np.repeat(np.arange(len(tokens)), lists.lengths)
    for element, fault in elements.faults.items():
        faults.setdefault(int(owners[element]), Fault(f"{fault.what}: {shown(parts[element])} in the list", _RIGHT))
    for element in np.flatnonzero(elements.states != VALUE).tolist():
        faults.setdefault(int(owners[element]), _NO_ELEMENT)
    return Members(lengths=lists.lengths, rows=elements.rows, faults=faults)


IDS = IngestType(name="ids", declare=_declare, convert=_convert, may_be_key=False)
