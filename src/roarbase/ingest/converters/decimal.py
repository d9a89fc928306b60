"""`decimal`: a number with a fixed count of decimals, kept exactly; further digits are cut toward zero."""

from roarbase.ingest.converted import Converted
from roarbase.ingest.converters.ingest_type import IngestType
from roarbase.ingest.faults import Fault
from roarbase.ingest.scaled import read_scaled
from roarbase.ingest.tokens import Tokens
from roarbase.model.field_definitions import read_config
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.options import Options
from roarbase.model.sinks import Definition

__all__ = ["DECIMAL"]

# Clients know this beginning: the original says so of texts that are no numbers, too.
_NOT_A_NUMBER = Fault(
    "value provided for decimal field is out of range",
    "a decimal takes digits with an optional sign and one point, such as -12.50",
)


def _declare(name: str, options: Options) -> FieldSpec:
    return read_config(options, FieldSpec(name=name, type=FieldType.DECIMAL), ("scale",))


def _convert(tokens: Tokens, definition: Definition) -> Converted:
    return read_scaled(tokens, definition.spec, _NOT_A_NUMBER)


DECIMAL = IngestType(name="decimal", declare=_declare, convert=_convert)
