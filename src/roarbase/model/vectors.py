"""Vectors, and other strings that a mutex does not take as they come.

A vector is kept as the JSON text of an array of numbers, each in the fewest digits that tell it from all others.
"""

from collections.abc import Iterable, Sequence
from math import isfinite

import msgspec

from roarbase.errors import BadRequest
from roarbase.model.fields import FieldSpec

__all__ = ["Vector", "check_strings", "text_of_vector", "vector_of_text", "vectors_of_texts"]

Vector = tuple[float, ...]
"""Its numbers."""

_decode = msgspec.json.Decoder(tuple[float, ...]).decode
_decode_all = msgspec.json.Decoder(list[tuple[float, ...] | None]).decode
_SHOWN = 60


def text_of_vector(numbers: Sequence[float]) -> str:
    """The text of a vector.

    >>> text_of_vector((1, 0.5))
    '[1.0,0.5]'
    """
    return msgspec.json.encode([float(number) for number in numbers]).decode()


def vector_of_text(text: str) -> Vector:
    """The numbers that a text says.

    Raises:
        ValueError: It is no JSON array of finite numbers.
    """
    try:
        found: Vector = _decode(text)
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None
    if not all(map(isfinite, found)):
        raise ValueError("a number is infinite")
    return found


def vectors_of_texts(texts: Sequence[str | None]) -> list[Vector | None]:
    """The numbers of many vectors as a field keeps them."""
    return _decode_all(f"[{','.join('null' if text is None else text for text in texts)}]")


def check_strings(spec: FieldSpec, strings: Iterable[str]) -> None:
    """Raise BadRequest where a field does not take one of these strings."""
    if spec.length:
        longest = max(strings, key=len, default="")
        if len(longest) > spec.length:
            raise BadRequest(
                f"field {spec.name!r}: data overflow: {longest[:_SHOWN]!r} has {len(longest)} characters, "
                f"and {spec.length} is the most",
                field=spec.name,
            )
    if spec.dimensions:
        for text in strings:
            if not _is_vector(text, spec.dimensions):
                raise BadRequest(
                    f"field {spec.name!r}: {text[:_SHOWN]!r} is no vector of {spec.dimensions} numbers",
                    field=spec.name,
                )


def _is_vector(text: str, dimensions: int) -> bool:
    try:
        return len(vector_of_text(text)) == dimensions
    except ValueError:
        return False
