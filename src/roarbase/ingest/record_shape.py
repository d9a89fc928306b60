"""From the bytes of records to the tokens of each definition.

For the paths of a sink's schema, structs are made at run time that mirror the nesting of the
paths. Decoding a record with them is one call that keeps each wanted value as its raw bytes
and skips the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from roarbase.ingest.envelope import Envelope
from roarbase.ingest.faults import json_path, shape_error, shown
from roarbase.ingest.tokens import MISSING, NULL, Tokens
from roarbase.model.sinks import Definition, RecordError

__all__ = ["RecordShape", "ShapedRecords"]

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, kw_only=True, slots=True)
class ShapedRecords:
    """The records that have the shape of the schema; `errors` tells of the others.

    Attributes:
        values: One struct per well-formed record.
        positions: Where each of them stands in the request.
    """

    values: list[Any]
    positions: NDArray[np.int64]
    errors: dict[int, RecordError]


class RecordShape:
    """The decoder for the records of one schema. Safe to share between threads."""

    def __init__(self, definitions: Sequence[Definition]) -> None:
        depths = range(1, max(len(d.path) for d in definitions))
        # The objects that values stand in, outermost first, and a field that needs each.
        self._objects = {d.path[:depth]: d.name for depth in depths for d in definitions if depth < len(d.path)}
        names = _Names()
        value = _struct([d.path for d in definitions], names)
        self._getters = [names.getter(d.path) for d in definitions]
        self._steps = [names.steps(d.path) for d in definitions]
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(
            msgspec.defstruct("Record", [("value", value)], gc=False)
        )

    def read(self, envelope: Envelope) -> ShapedRecords:
        """Decode each record; what goes wrong is that record's error only."""
        decode = self._decoder.decode
        values: list[Any] = []
        errors = {index: shape_error(message) for index, message in envelope.spoiled.items()}
        for index, record in enumerate(envelope.records):
            if index in envelope.spoiled:
                continue
            try:
                values.append(decode(record).value)
            except msgspec.MsgspecError:
                errors[index] = shape_error(self._explain(record))
            except RecursionError:
                errors[index] = shape_error("the record is nested too deeply")
        positions = np.arange(len(envelope.records))
        if errors:
            positions = np.delete(positions, list(errors))
        return ShapedRecords(values=values, positions=positions, errors=errors)

    def tokens(self, records: ShapedRecords, definition: int) -> Tokens:
        """The tokens at the path of one definition, one per well-formed record."""
        try:
            return Tokens(list(map(self._getters[definition], records.values)))
        except AttributeError:
            # An object on the way is null or missing in some record: go step by step.
            steps = self._steps[definition]
            return Tokens([_walk(value, steps) for value in records.values])

    def _explain(self, record: msgspec.Raw) -> str:
        """Why a record has not the shape: the first object that is something else."""
        members = _object_or_none(record)
        if members is None:
            return f'the record is no object: {shown(bytes(record))}; a record is {{"value": {{...}}}}'
        value = members.get("value")
        if value is None:
            return 'the record has no member "value", which must be an object'
        if _object_or_none(value) is None:
            return f"$.value is no object: {shown(bytes(value))}"
        for path, name in self._objects.items():
            token = _look_up(value, path)
            if bytes(token) != b"null" and _object_or_none(token) is None:
                return f"{json_path(path)} is no object: {shown(bytes(token))} (on the way to field {name!r})"
        return "the record cannot be read: it names a member twice, once as an object and once as something else"


class _Names:
    """Attribute names for the keys of paths, which may be any text: f0, f1, ..."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def of(self, key: str) -> str:
        return self._names.setdefault(key, f"f{len(self._names)}")

    def steps(self, path: tuple[str, ...]) -> list[str]:
        return [self.of(key) for key in path]

    def getter(self, path: tuple[str, ...]) -> "attrgetter[msgspec.Raw]":
        return attrgetter(".".join(self.steps(path)))


def _struct(paths: list[tuple[str, ...]], names: _Names) -> type[msgspec.Struct]:
    """The struct for an object in which these paths begin."""
    members: list[tuple[str, Any, Any]] = []
    for key in dict.fromkeys(path[0] for path in paths):
        inner = [path[1:] for path in paths if path[0] == key and len(path) > 1]
        if inner:
            kind = _struct(inner, names) | None | msgspec.UnsetType
            members.append((names.of(key), kind, msgspec.field(default=msgspec.UNSET, name=key)))
        else:
            members.append((names.of(key), msgspec.Raw, msgspec.field(default=MISSING, name=key)))
    return msgspec.defstruct("Value", members, gc=False)


def _walk(value: Any, steps: list[str]) -> msgspec.Raw:
    for step in steps:
        if value is msgspec.UNSET:
            return MISSING
        if value is None:
            return NULL
        value = getattr(value, step)
    return value  # type: ignore[no-any-return]


def _object_or_none(token: msgspec.Raw) -> dict[str, msgspec.Raw] | None:
    try:
        return _OBJECT.decode(token)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _look_up(token: msgspec.Raw, path: tuple[str, ...]) -> msgspec.Raw:
    """The token at a path; null where it is missing."""
    for key in path:
        token = (_object_or_none(token) or {}).get(key, NULL)
    return token
