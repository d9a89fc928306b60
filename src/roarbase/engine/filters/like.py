"""The patterns of LIKE: `%` is any run of characters, `_` exactly one, all else itself."""

import re
from collections.abc import Callable

import numpy as np

from roarbase.engine.buffers.arrays import Int64s
from roarbase.engine.names.numbered import NumberedKeys
from roarbase.engine.names.record_keys import RecordKeys
from roarbase.engine.names.row_names import KeyRows
from roarbase.engine.operators.scan import Scan, describe
from roarbase.engine.tables.fields import RowField
from roarbase.errors import BadRequest

__all__ = ["codes_like", "like_matcher", "numbers_like"]

_KEYS_AT_ONCE = 16_384
"""Keys looked at between two glances at the clock."""


def like_matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a whole text matches the pattern. Case-sensitive; there is no escape.

    >>> like_matcher("a%_b")("axxb")
    True
    """
    first, *rest = ("".join("." if char == "_" else re.escape(char) for char in part) for part in pattern.split("%"))
    expression = first
    if rest:
        # Each part between two `%` may stay where it is first found. The atomic group says so: without it,
        # a pattern of many `%` makes the search go through every combination of places.
        expression += "".join(f"(?>.*?{part})" for part in rest[:-1]) + ".*" + rest[-1]
    compiled = re.compile(expression, re.DOTALL)
    return lambda text: compiled.fullmatch(text) is not None


def codes_like(scan: Scan, field: RowField, codes: Int64s, pattern: str) -> Int64s:
    """Those of the codes whose key matches the pattern.

    Raises:
        BadRequest: The field has no keys.
    """
    if not isinstance(field.names, KeyRows):
        raise BadRequest(
            f"field {field.spec.name!r} is {describe(field.spec)} field: only keyed fields match a pattern",
            field=field.spec.name,
        )
    return numbers_like(scan, field.names.keys, codes, pattern)


def numbers_like(scan: Scan, keys: NumberedKeys | RecordKeys, numbers: Int64s, pattern: str) -> Int64s:
    """Those of the numbers whose key matches the pattern."""
    matches = like_matcher(pattern)
    matching = np.zeros(len(numbers), np.bool_)
    for start in range(0, len(numbers), _KEYS_AT_ONCE):
        scan.budget.check()
        texts = keys.keys_at(numbers[start : start + _KEYS_AT_ONCE])
        matching[start : start + len(texts)] = [matches(text) for text in texts]
    return numbers[matching]
