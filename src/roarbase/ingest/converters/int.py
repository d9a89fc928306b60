"""`int`: a signed 64-bit integer, from a number or a string that holds one."""

from roarbase.ingest.converted import Converted
from roarbase.ingest.converters.ingest_type import IngestType
from roarbase.ingest.faults import Fault
from roarbase.ingest.scaled import read_scaled
from roarbase.ingest.tokens import Tokens
from roarbase.model.fields import INT64_MAX, INT64_MIN, FieldSpec, FieldType
from roarbase.model.options import Options

__all__ = ["INT"]

_NOT_A_NUMBER = Fault("value provided for int field is not a number", "an int takes digits with an optional sign")


def _declare(name: str, options: Options) -> FieldSpec:
    minimum = options.integer("Min", INT64_MIN, INT64_MAX)
    maximum = options.integer("Max", INT64_MIN, INT64_MAX)
    if maximum is not None and not options.has("Min"):
        options.refuse("Max", "is given without Min; give both")
    if minimum is not None and maximum is not None and minimum > maximum:
        options.refuse("Min", f"is {minimum} and above Max, {maximum}")
    if options.text("ForeignIndex"):
        options.refuse("ForeignIndex", "is not supported yet")
    return FieldSpec(name=name, type=FieldType.INT, minimum=minimum, maximum=maximum)


def _convert(tokens: Tokens, spec: FieldSpec) -> Converted:
    return read_scaled(tokens, spec, _NOT_A_NUMBER)


INT = IngestType(name="int", declare=_declare, convert=_convert, may_be_record_id=True)
