"""What there is to say of an ingest type: how it is declared, and how its values are read."""

from collections.abc import Callable
from dataclasses import dataclass

from roarbase.ingest.converted import Converted
from roarbase.ingest.tokens import Tokens
from roarbase.model.fields import FieldSpec
from roarbase.model.options import Options
from roarbase.model.sinks import Definition
from roarbase.model.time_forms import TimeForm

__all__ = ["IngestType"]


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestType:
    """One row of the table of ingest types.

    Attributes:
        name: As `type` says it in a definition.
        declare: The field for a name and the options given with it. Problems go to the
            options; what is returned then does not matter.
        convert: All tokens of a request to values. Bad ones become faults, never exceptions.
        read_time: Of a type whose values are moments, how the options say that they are written.
        may_be_record_id: `id_field` may name a definition of this type.
        may_be_key: `primary_key_fields` may.
    """

    name: str
    declare: Callable[[str, Options], FieldSpec]
    convert: Callable[[Tokens, Definition], Converted]
    read_time: Callable[[Options], TimeForm] | None = None
    may_be_record_id: bool = False
    may_be_key: bool = True
