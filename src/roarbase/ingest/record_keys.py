"""What a record is known by: an id from one definition, or a key joined from several."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from roarbase.ingest.converted import Members, Numbers
from roarbase.ingest.converters.registry import INGEST_TYPES
from roarbase.ingest.faults import Fault, missing_error, value_error
from roarbase.ingest.row_ids import read_ids
from roarbase.ingest.tokens import Tokens
from roarbase.model.batch import VALUE
from roarbase.model.fields import FieldSpec, FieldType
from roarbase.model.sinks import Definition, RecordError
from roarbase.model.timestamps import timestamp_text

__all__ = ["KEY_SEPARATOR", "read_key_part", "read_record_ids"]

KEY_SEPARATOR = "|"

_ID_NEEDED = "every record needs its id"
_PART_NEEDED = "data for primary key should not be nil or missing"


def read_record_ids(definition: Definition, tokens: Tokens) -> tuple[NDArray[np.uint64], dict[int, RecordError]]:
    """The id of each record, and the errors of those that have none."""
    found = read_ids(tokens)
    ids = found.rows
    assert isinstance(ids, np.ndarray)
    errors = {row: value_error(definition, tokens[row], fault) for row, fault in found.faults.items()}
    for row in np.flatnonzero(found.states != VALUE).tolist():
        errors[row] = missing_error(definition, _ID_NEEDED)
    spec = definition.spec
    if spec.minimum is not None or spec.maximum is not None:
        _check_bounds(definition, tokens, ids, errors)
    return ids, errors


def _check_bounds(
    definition: Definition, tokens: Tokens, ids: NDArray[np.uint64], errors: dict[int, RecordError]
) -> None:
    spec = definition.spec
    low = max(spec.minimum or 0, 0)
    high = 2**64 - 1 if spec.maximum is None else max(spec.maximum, -1)
    for row, id_ in enumerate(ids.tolist()):
        if row not in errors and not low <= id_ <= high:
            fault = Fault("value provided for int field is out of range", f"allowed are {low} to {high}")
            errors[row] = value_error(definition, tokens[row], fault)


def read_key_part(definition: Definition, tokens: Tokens) -> tuple[list[str], dict[int, RecordError]]:
    """What one definition gives to each record's key, as text, and the errors where it gives nothing.

    Numbers are written out without needless zeros, so that 12.5 and "12.50" make the same key.
    An empty string is a part like any other.
    """
    spec = definition.spec
    single = replace(spec, type=FieldType.MUTEX) if spec.type.is_multivalued else spec
    found = INGEST_TYPES[definition.type].convert(tokens, replace(definition, spec=single))
    assert not isinstance(found, Members)
    if isinstance(found, Numbers):
        texts = [_number_text(value, spec) for value in found.values.tolist()]
    else:
        texts = [str(row) for row in (found.rows.tolist() if isinstance(found.rows, np.ndarray) else found.rows)]
    errors = {row: value_error(definition, tokens[row], fault) for row, fault in found.faults.items()}
    for row in np.flatnonzero(found.states != VALUE).tolist():
        if definition.type != "string" or tokens[row] != b'""':
            errors[row] = missing_error(definition, _PART_NEEDED)
    return texts, errors


def _number_text(value: int, spec: FieldSpec) -> str:
    if spec.type is FieldType.BOOL:
        return "true" if value else "false"
    if spec.type is FieldType.TIMESTAMP:
        return timestamp_text(value, spec.places)
    if not spec.scale:
        return str(value)
    whole, rest = divmod(abs(value), 10**spec.scale)
    decimals = f"{rest:0{spec.scale}d}".rstrip("0")
    return f"{'-' if value < 0 else ''}{whole}" + (f".{decimals}" if decimals else "")
