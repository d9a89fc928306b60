"""NDJSON: an object to a line, values by key or by a path such as `$.a.b`."""

import io
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from roarbase.model.fields import MAXIMUM_ID
from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.kinds_of import SET_KINDS
from roarbase.query.sql.later.bulk.mapping import Mapped, Switches, unconvertible
from roarbase.query.sql.later.bulk.texts import value_of_text
from roarbase.query.sql.later.operations.operation import failure

__all__ = ["path_of", "read_ndjson", "value_of_json"]

_MISSING = object()


def read_ndjson(text: str, mapped: Sequence[Mapped], switches: Switches) -> Iterator[list[Any]]:
    """The rows of a text.

    Raises:
        BadRequest: A line is no object, lacks a key, or has a value of another type.
    """
    paths = [path_of(str(each.source)) for each in mapped]
    row = 0
    for line in io.StringIO(text):
        if not line.strip():
            continue
        row += 1
        found = _object(line, row)
        yield [_value(found, path, each, switches, row) for path, each in zip(paths, mapped, strict=True)]


def path_of(source: str) -> list[str]:
    """The keys that lead to a value."""
    return source.removeprefix("$.").split(".") if source.startswith("$.") else [source]


def _object(line: str, row: int) -> dict[str, Any]:
    try:
        found = json.loads(line, parse_float=Decimal)
    except ValueError as error:
        raise failure(f"row {row}: unable to parse JSON: {error}") from None
    except RecursionError:
        raise failure(f"row {row}: unable to parse JSON: it nests too deep") from None
    if not isinstance(found, dict):
        raise failure(f"row {row}: unable to parse JSON: it is no object")
    return found


def _value(found: Any, path: Sequence[str], mapped: Mapped, switches: Switches, row: int) -> Any:
    for key in path:
        found = found.get(key, _MISSING) if isinstance(found, dict) else _MISSING
        if found is _MISSING:
            if switches.allows_missing:
                return None
            raise failure(f"row {row}: unknown key {key}")
    if found is None:
        return None
    try:
        return value_of_json(found, mapped.type)
    except (ValueError, ArithmeticError):
        raise unconvertible(found, mapped.type, row) from None


def value_of_json(value: Any, kind: SqlType) -> Any:
    """A value of JSON as one of a type. Raises ValueError if it is none."""
    if kind.kind == Kind.VECTOR and isinstance(value, list):
        if any(isinstance(number, bool) or not isinstance(number, int | Decimal) for number in value):
            raise ValueError
        return value_of_text(f"[{','.join(map(str, value))}]", kind)
    if kind.kind in SET_KINDS:
        members = value if isinstance(value, list) else [value]
        return tuple(dict.fromkeys(value_of_json(member, kind.member) for member in members))
    if isinstance(value, str):
        value.encode()  # half a surrogate pair is no text: a ValueError
        return value_of_text(value, kind)
    if kind.kind == Kind.STRING:
        if isinstance(value, list | dict):
            raise ValueError
        return str(value).lower() if isinstance(value, bool) else str(value)
    if kind.kind == Kind.BOOL:
        if value in (0, 1):
            return bool(value)
        raise ValueError
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError
    return _number(Decimal(value), kind)


def _number(value: Decimal, kind: SqlType) -> int:
    if not value.is_finite() or value.adjusted() > 60:
        raise ValueError
    places = kind.scale
    if kind.kind != Kind.DECIMAL and value != value.to_integral_value():
        raise ValueError
    if kind.kind == Kind.ID and not 0 <= value <= MAXIMUM_ID:
        raise ValueError
    return int(value.scaleb(places))
