"""The patterns of LIKE: `%` is any run of characters, `_` exactly one, all else itself."""

import re
from collections.abc import Callable

__all__ = ["like_matcher"]


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
