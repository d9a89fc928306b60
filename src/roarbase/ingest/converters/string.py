"""`string`: a key. Numbers and booleans are written out; an empty string stores nothing."""

from roarbase.ingest.converted import Converted
from roarbase.ingest.converters.ingest_type import IngestType
from roarbase.ingest.faults import Fault
from roarbase.ingest.row_options import declare_rows
from roarbase.ingest.texts import read_texts
from roarbase.ingest.tokens import Tokens
from roarbase.model.fields import FieldSpec
from roarbase.model.options import Options
from roarbase.model.sinks import Definition

__all__ = ["STRING"]

_NO_TEXT = Fault("the value is no text", "a string takes a string, a number or a boolean")


def _declare(name: str, options: Options) -> FieldSpec:
    return declare_rows(name, options, is_keyed=True, may_be_mutex=True)


def _convert(tokens: Tokens, definition: Definition) -> Converted:
    found = read_texts(tokens, _NO_TEXT)
    return found.as_members() if definition.spec.type.is_multivalued else found


STRING = IngestType(name="string", declare=_declare, convert=_convert)
