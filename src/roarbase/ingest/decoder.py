"""The decoder of one sink: the bytes of a request to a typed batch and a verdict per record.

The envelope is cut into records, each record into the raw tokens of the definitions, and every
definition's tokens are converted together. A record with any bad value is left out whole.
"""

from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from roarbase.ingest.converted import Converted, Numbers
from roarbase.ingest.converters.registry import INGEST_TYPES
from roarbase.ingest.envelope import read_envelope
from roarbase.ingest.faults import missing_error, value_error
from roarbase.ingest.record_keys import KEY_SEPARATOR, read_key_part, read_record_ids
from roarbase.ingest.record_shape import RecordShape
from roarbase.ingest.tokens import Tokens
from roarbase.model.batch import NO_TIME, VALUE, Batch, Column, SetColumn
from roarbase.model.fields import FieldType
from roarbase.model.sinks import RECORD_TIME, Definition, RecordError, RecordSchema, Verdicts

__all__ = ["Decoded", "SinkDecoder"]

_VALUE_NEEDED = "send it, or make the sink with allow_missing_fields"
_KEY_NEEDED = "the key of a record may not be empty"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decoded:
    """What a request holds. `batch` is None if no record of it is good."""

    batch: Batch | None
    verdicts: Verdicts


@dataclass(frozen=True, kw_only=True, slots=True)
class _Columns:
    """The converted definitions, and whatever is wrong with rows of them."""

    fields: list[tuple[Definition, Converted]]
    times: NDArray[np.int64] | None
    ids: NDArray[np.uint64] | None
    keys: list[str] | None
    errors: dict[int, RecordError]


class SinkDecoder:
    """Decodes the requests of one sink. Made once per sink; safe to share between threads."""

    def __init__(self, schema: RecordSchema, table_id: str) -> None:
        self._schema = schema
        self._table_id = table_id
        self._shape = RecordShape(schema.definitions)
        self._stored = frozenset(d.name for d in schema.stored)

    def decode(self, body: bytes | bytearray, *, maximum_records: int) -> Decoded:
        """Decode the body of one ingest request.

        Records are judged one by one: a bad record costs no other record anything.

        Raises:
            InvalidBody: The body as a whole cannot be read.
            PayloadTooLarge: It holds more than `maximum_records` records.
        """
        envelope = read_envelope(body, maximum_records)
        records = self._shape.read(envelope)
        tokens = [self._shape.tokens(records, index) for index in range(len(self._schema.definitions))]
        columns = self._convert(tokens)
        errors = records.errors | {int(records.positions[row]): error for row, error in columns.errors.items()}
        return Decoded(
            batch=self._batch(columns, len(records.values)),
            verdicts=Verdicts(record_count=len(envelope.records), errors=errors),
        )

    def _convert(self, tokens: list[Tokens]) -> _Columns:
        errors: dict[int, RecordError] = {}
        fields: list[tuple[Definition, Converted]] = []
        times, ids = None, None
        parts: dict[str, list[str]] = {}
        for definition, column in zip(self._schema.definitions, tokens, strict=True):
            found: dict[int, RecordError] = {}
            if definition.name == self._schema.id_field:
                ids, found = read_record_ids(definition, column)
            elif definition.name in self._schema.primary_key_fields:
                parts[definition.name], found = read_key_part(definition, column)
            if definition.name in self._stored:
                converted, faults = self._convert_one(definition, column)
                fields.append((definition, converted))
                found = faults | found
            elif definition.type == RECORD_TIME:
                converted, found = self._convert_one(definition, column)
                times = _times(converted)
            errors = found | errors  # the first definition at fault is told
        keys = self._keys(parts, errors) if self._schema.is_keyed else None
        return _Columns(fields=fields, times=times, ids=ids, keys=keys, errors=errors)

    def _convert_one(self, definition: Definition, tokens: Tokens) -> tuple[Converted, dict[int, RecordError]]:
        converted = INGEST_TYPES[definition.type].convert(tokens, definition)
        errors = {row: value_error(definition, tokens[row], fault) for row, fault in converted.faults.items()}
        if not self._schema.allow_missing_fields:
            for row in np.flatnonzero(tokens.are_missing).tolist():
                errors[row] = missing_error(definition, _VALUE_NEEDED)
        return converted, errors

    def _keys(self, parts: dict[str, list[str]], errors: dict[int, RecordError]) -> list[str]:
        names = self._schema.primary_key_fields
        if len(names) > 1:
            return list(map(KEY_SEPARATOR.join, zip(*(parts[name] for name in names), strict=True)))
        keys = parts[names[0]]
        if "" in keys:
            definition = next(d for d in self._schema.definitions if d.name == names[0])
            for row in [row for row, key in enumerate(keys) if not key]:
                errors.setdefault(row, missing_error(definition, _KEY_NEEDED))
        return keys

    def _batch(self, columns: _Columns, count: int) -> Batch | None:
        keep: NDArray[np.bool_] | None = None
        if columns.errors:
            keep = np.ones(count, np.bool_)
            keep[list(columns.errors)] = False
        if count == len(columns.errors):
            return None
        ids, keys = columns.ids, columns.keys
        if keep is not None:
            ids = ids[keep] if ids is not None else None
            keys = list(compress(keys, keep.tolist())) if keys is not None else None
        times = columns.times if keep is None or columns.times is None else columns.times[keep]
        kept = (_column(definition, converted, keep, times) for definition, converted in columns.fields)
        return Batch(table=self._table_id, columns=tuple(c for c in kept if c is not None), ids=ids, keys=keys)


def _times(converted: Converted) -> NDArray[np.int64]:
    """The time of each record, or NO_TIME."""
    assert isinstance(converted, Numbers)
    return np.where(converted.states == VALUE, converted.values, NO_TIME)


def _column(
    definition: Definition,
    converted: Converted,
    keep: NDArray[np.bool_] | None,
    times: NDArray[np.int64] | None,
) -> Column | None:
    """The column of a batch, for a time field with the times of the records."""
    column = converted.column(definition.name, keep)
    is_timed = definition.spec.type is FieldType.TIME and times is not None
    return replace(column, times=times) if is_timed and isinstance(column, SetColumn) else column
