"""`int`: a signed 64-bit integer, from a number or a string that holds one; with ForeignIndex the key of a record."""

from roarbase.ingest.converted import Converted, References
from roarbase.ingest.converters.ingest_type import IngestType
from roarbase.ingest.faults import Fault
from roarbase.ingest.scaled import read_scaled
from roarbase.ingest.texts import read_texts
from roarbase.ingest.tokens import Tokens
from roarbase.model.field_definitions import check_bounds, read_config
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.options import Options
from roarbase.model.sinks import Definition

__all__ = ["INT"]

_NOT_A_NUMBER = Fault("value provided for int field is not a number", "an int takes digits with an optional sign")

_NO_KEY = Fault("the value is no key of a record", "an int with ForeignIndex takes a string, a number or a boolean")


def _declare(name: str, options: Options) -> FieldSpec:
    spec = read_config(options, FieldSpec(name=name, type=FieldType.INT), ("min", "max", "foreignIndex"))
    if options.has("Max") and not options.has("Min"):
        options.refuse("Max", "is given without Min; give both")
    if spec.is_reference and (options.has("Min") or options.has("Max")):
        given = "Min" if options.has("Min") else "Max"
        options.refuse(given, "bounds numbers, but the values of a reference are keys")
    check_bounds(options, spec, "Min", "Max")
    return spec


def _convert(tokens: Tokens, definition: Definition) -> Converted:
    if definition.spec.is_reference:
        keys = read_texts(tokens, _NO_KEY)
        return References(states=keys.states, rows=[str(key) for key in keys.rows], faults=keys.faults)
    return read_scaled(tokens, definition.spec, _NOT_A_NUMBER)


INT = IngestType(name="int", declare=_declare, convert=_convert, may_be_record_id=True)
