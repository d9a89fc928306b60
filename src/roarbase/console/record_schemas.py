"""Record schemas as people type them: JSON text in, the `schema` member out, complaints by line."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "Problem",
    "TypedSchema",
    "definition_text",
    "example_record",
    "names_in",
    "problems_of",
    "read_typed",
]

_DEFINITION = re.compile(r"definition\[(\d+)\]")
_PREFIX = re.compile(r"\$\.schema\.(?:definition\[\d+\]\.)?")
_MENTION = re.compile(r"\$\.schema\.definition\[(\d+)\]\.(\w+)")
_NEXT = re.compile(r"; (?=\$\.)")
_BLANK = re.compile(r"\s*")
_EXAMPLES: dict[str, object] = {
    "id": 1,
    "ids": [1, 2],
    "int": 42,
    "decimal": "5.1",
    "bool": True,
    "string": "some text",
    "strings": ["one", "two"],
    "timestamp": "2022-06-01T12:00:00Z",
    "dateInt": "2022-06-01",
    "recordTime": "2022-06-01T12:00:00Z",
}


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong, and in which line; 0 where it is in none."""

    line: int
    text: str


@dataclass(frozen=True, kw_only=True)
class TypedSchema:
    """What was typed: the definitions, and what stood around them if a whole schema was pasted."""

    definition: list[Any]
    around: dict[str, Any]


def read_typed(text: str) -> TypedSchema | Problem:
    """An array of definitions, a schema, or the body of `POST /v1/sinks`.

    >>> read_typed('[{"name": "id"},')
    Problem(line=1, text='This is not JSON: Expecting value, in column 17.')
    """
    try:
        value = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return Problem(line=error.lineno, text=f"This is not JSON: {error.msg}, in column {error.colno}.")
    except ValueError:
        return Problem(line=0, text="A number in it is infinite, none, or of thousands of digits.")
    except RecursionError:
        return Problem(line=0, text="This nests too deep.")
    if isinstance(value, dict) and isinstance(value.get("schema"), dict):
        value = value["schema"]
    if isinstance(value, list):
        return TypedSchema(definition=value, around={})
    if isinstance(value, dict) and isinstance(value.get("definition"), list):
        return _problem_around(value) or TypedSchema(definition=value["definition"], around=value)
    return Problem(
        line=1, text='A JSON array of field definitions is needed: [{"name": ..., "path": [...], "type": ...}].'
    )


def _refuse(constant: str) -> None:
    raise ValueError(constant)  # NaN and the like, which Python reads


def _problem_around(schema: dict[str, Any]) -> Problem | None:
    """What is wrong with the names that give a record its id: the form could not show it, and would choose others."""
    names = names_in(schema["definition"])
    id_field, keys = schema.get("id_field") or None, schema.get("primary_key_fields") or []
    if not isinstance(keys, list):
        return Problem(line=0, text="primary_key_fields must be an array of names.")
    for member, name in (("id_field", id_field), *(("primary_key_fields", key) for key in keys)):
        if name is not None and name not in names:
            return Problem(line=0, text=f"{member} names {name!r:.80}, which is the name of no definition.")
    return None


def problems_of(message: str, text: str) -> list[Problem]:
    """The service's complaints about a typed array, each at the line where its definition begins."""
    lines = _lines_of_elements(text)

    def line(index: int) -> int:
        return lines[index] if index < len(lines) else 0

    def told(mention: re.Match[str]) -> str:
        return f"the {mention[2]} in line {line(int(mention[1]))}" if line(int(mention[1])) else mention[0]

    found = []
    for part in _NEXT.split(message):
        place = _DEFINITION.search(part)
        own = _PREFIX.match(part)
        rest = part[own.end() :] if own else part
        found.append(Problem(line=line(int(place[1])) if place else 0, text=_MENTION.sub(told, rest)))
    return found


def _lines_of_elements(text: str) -> list[int]:
    """The line in which each element of an array begins; none if it is no array."""
    decoder, lines = json.JSONDecoder(), list[int]()
    at = text.find("[") + 1
    try:
        while at:
            start = _blank_end(text, at)
            _, end = decoder.raw_decode(text, start)
            lines.append(text.count("\n", 0, start) + 1)
            at = text.find(",", end) + 1
    except ValueError:
        pass
    return lines


def _blank_end(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def definition_text(definition: Sequence[object]) -> str:
    """Definitions as text, one a line.

    >>> print(definition_text([{"name": "a"}, {"name": "b"}]))
    [
      {"name": "a"},
      {"name": "b"}
    ]
    """
    lines = ",\n".join(f"  {json.dumps(one, ensure_ascii=False)}" for one in definition)
    return f"[\n{lines}\n]" if definition else "[]"


def names_in(definition: Sequence[object]) -> list[str]:
    """The names that definitions give, in their order, each once."""
    names = [one["name"] for one in definition if isinstance(one, dict) and isinstance(one.get("name"), str)]
    return list(dict.fromkeys(name for name in names if name))


def example_record(schema: dict[str, Any]) -> dict[str, Any]:
    """A record that a sink with this schema takes.

    >>> example_record({"definition": [{"path": ["a", "b"], "type": "int"}]})
    {'a': {'b': 42}}
    """
    record: dict[str, Any] = {}
    for one in schema.get("definition", []):
        *outer, last = one.get("path") or [one.get("name", "value")]
        inner = record
        for key in outer:
            inner = inner.setdefault(key, {})
        inner[last] = _EXAMPLES.get(str(one.get("type")), "some text")
    return record
