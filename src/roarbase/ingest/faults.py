"""Faults: what is wrong with one value, and the sentence that tells its sender.

A sentence names the field, where in the record the value stands, the value itself (shortened,
nothing unprintable in it) and what would be right.
"""

import re
from dataclasses import dataclass

from roarbase.errors import InvalidBody, InvalidParameter, MissingParameter
from roarbase.model.sinks import Definition, RecordError

__all__ = ["Fault", "json_path", "missing_error", "shape_error", "shown", "value_error"]

_SHOWN_CHARACTERS = 60
_SIMPLE_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a value is refused, and what would be right instead."""

    what: str
    right: str


def shown(token: bytes) -> str:
    """A JSON value for an error message: at most 60 characters, in one line.

    >>> shown(b'"' + b"x" * 100 + b'"')[-6:], shown(b"[1,\\n2]")
    ('xxx...', '[1,\\\\n2]')
    """
    text = token[: 4 * _SHOWN_CHARACTERS + 4].decode("utf-8", "backslashreplace")
    if len(text) > _SHOWN_CHARACTERS:
        text = text[:_SHOWN_CHARACTERS] + "..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def json_path(path: tuple[str, ...]) -> str:
    """Where a path of a record schema points, seen from the record.

    >>> json_path(("flower", "petal width"))
    '$.value.flower["petal width"]'
    """
    return "$.value" + "".join(f".{k}" if _SIMPLE_KEY.fullmatch(k) else f'["{k}"]' for k in path)


def value_error(definition: Definition, token: bytes, fault: Fault) -> RecordError:
    """The verdict on a record that holds a value its field cannot take."""
    place = f"field {definition.name!r}, {json_path(definition.path)}"
    message = f"{fault.what}: {shown(token)} ({place}); {fault.right}"
    return RecordError(code=InvalidParameter.code, message=message)


def missing_error(definition: Definition, right: str) -> RecordError:
    """The verdict on a record that lacks a value it needs."""
    message = f"no value at {json_path(definition.path)} (field {definition.name!r}); {right}"
    return RecordError(code=MissingParameter.code, message=message)


def shape_error(message: str) -> RecordError:
    """The verdict on a record that is not built as the sink's schema says."""
    return RecordError(code=InvalidBody.code, message=message)
