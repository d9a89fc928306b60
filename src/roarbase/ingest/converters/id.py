"""`id`: a row id, from a number or a string that holds one."""

from roarbase.ingest.converted import Converted
from roarbase.ingest.converters.ingest_type import IngestType
from roarbase.ingest.row_ids import read_ids
from roarbase.ingest.row_options import declare_rows
from roarbase.ingest.tokens import Tokens
from roarbase.model.fields import FieldSpec
from roarbase.model.options import Options
from roarbase.model.sinks import Definition

__all__ = ["ID"]


def _declare(name: str, options: Options) -> FieldSpec:
    return declare_rows(name, options, is_keyed=False, may_be_mutex=True)


def _convert(tokens: Tokens, definition: Definition) -> Converted:
    found = read_ids(tokens)
    return found.as_members() if definition.spec.type.is_multivalued else found


ID = IngestType(name="id", declare=_declare, convert=_convert, may_be_record_id=True)
