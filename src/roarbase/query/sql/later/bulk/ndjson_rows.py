"""NDJSON: an object to a line, values by key or by a path such as `$.a.b`."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from roarbase.query.sql.later.bulk.json_values import JsonNumber, json_text, value_of_json
from roarbase.query.sql.later.bulk.mapping import Mapped, Switches, refusal
from roarbase.query.sql.later.operations.operation import failure

__all__ = ["lines_of", "path_of", "read_ndjson"]

_MISSING = object()


def read_ndjson(text: str, mapped: Sequence[Mapped], switches: Switches) -> Iterator[list[Any]]:
    """The rows of a text.

    Raises:
        BadRequest: A line is no object, lacks a key, or has a value of another type.
    """
    paths = [path_of(str(each.source)) for each in mapped]
    for row, line in enumerate(lines_of(text), 1):
        found = _object(line, row)
        yield [_value(found, path, each, switches, row) for path, each in zip(paths, mapped, strict=True)]


def lines_of(text: str) -> Iterator[str]:
    """The lines, each of which is one object; blanks alone are none."""
    return filter(str.strip, text.split("\n"))


def path_of(source: str) -> list[str]:
    """The keys that lead to a value."""
    return source.removeprefix("$.").split(".") if source.startswith("$.") else [source]


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


_DECODER = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=_no_number)


def _object(line: str, row: int) -> dict[str, Any]:
    try:
        found = _DECODER.decode(line)
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
    except ValueError as error:
        raise refusal(found if isinstance(found, str) else json_text(found), mapped.type, row, error) from None
