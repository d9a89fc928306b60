"""FORMAT with the verbs of C and Go, and STR with T-SQL's columns."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from roarbase.model.timestamps import timestamp_text
from roarbase.model.vectors import text_of_vector
from roarbase.query.sql.later.operations.operation import failure, out_of_range
from roarbase.query.sql.later.operations.sets import set_text

__all__ = ["formatted", "written_number"]

_VERB = re.compile(r"%([-+ 0#]*)([0-9]*)(?:\.([0-9]*))?(.)", re.DOTALL)
_SETS = ("idset", "idsetq", "stringset", "stringsetq")
_WIDEST = 10_000
_EXACTLY = Context(prec=120, rounding=ROUND_HALF_UP)


def written_number(number: int, scale: int, length: int = 10, places: int = 0) -> str:
    """A number rounded to some places, at the right of some columns; asterisks where they do not suffice.

    >>> written_number(12345789, 3, 8, 2), written_number(12345, 0, 3)
    ('12345.79', '***')
    """
    if not 0 <= length <= _WIDEST:
        raise out_of_range(length)
    if places < 0:
        raise out_of_range(places)
    if places > length:
        return "*" * length
    value = Decimal(number).scaleb(-scale, _EXACTLY).quantize(Decimal(1).scaleb(-places), context=_EXACTLY)
    text = f"{value:f}"
    return text.rjust(length) if len(text) <= length else "*" * length


def formatted(pattern: str, kinds: str, *values: Any) -> str:
    """A pattern with its verbs replaced by values.

    Args:
        kinds: Of each value a word: `string`, `int`, `bool`, `decimal2`, `timestamp9`, `stringset`.

    >>> formatted("%d > %05.1f %s", "int decimal2 string", 11, 250, "x")
    '11 > 002.5 x'
    """
    given = [_shown(kind, value) for kind, value in zip(kinds.split(), values, strict=True)]
    taken = 0

    def replaced(match: re.Match[str]) -> str:
        nonlocal taken
        flags, width, places, verb = match.groups()
        if verb == "%":
            return "%"
        if taken >= len(given):
            return f"%!{verb}(MISSING)"
        value, taken = given[taken], taken + 1
        return _verb(flags, width, places, verb, value)

    return _VERB.sub(replaced, pattern)


def _shown(kind: str, value: Any) -> Any:
    """A value as Python formats it."""
    name = kind.rstrip("0123456789")
    if name == "decimal":
        return Decimal(value).scaleb(-int(kind[len(name) :] or 0), _EXACTLY)
    if name == "timestamp":
        return timestamp_text(value, int(kind[len(name) :] or 0))
    if name == "vector":
        return text_of_vector(value)
    return set_text(value) if name in _SETS else value


def _verb(flags: str, width: str, places: str | None, verb: str, value: Any) -> str:
    if int(width or 0) > _WIDEST or int(places or 0) > _WIDEST:
        raise failure(f"the width {width or places} is beyond {_WIDEST}")
    text = _text(flags, places, verb, value)
    if text is None:
        kind = "string" if isinstance(value, str) else "bool" if isinstance(value, bool) else "int"
        return f"%!{verb}({kind}={value})"
    if "-" in flags:
        return text.ljust(int(width or 0))
    if "0" in flags and not isinstance(value, str):
        return text.zfill(int(width or 0))
    return text.rjust(int(width or 0))


def _text(flags: str, places: str | None, verb: str, value: Any) -> str | None:
    """A value by its verb; None if it is not for such."""
    sign = "+" if "+" in flags else " " if " " in flags else ""
    if verb in "sv":
        return str(value).lower() if isinstance(value, bool) else str(value)
    if verb == "q" and isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if verb == "t":
        return str(value).lower() if isinstance(value, bool) else None
    if isinstance(value, bool):
        return None
    if verb in "dxXob" and isinstance(value, int):
        return format(value, f"{sign}{verb}")
    if verb == "c" and isinstance(value, int) and 0 <= value < 0x110000:
        return chr(value)
    if verb in "feEgG" and isinstance(value, int | Decimal):
        shown_places = places if places is not None else "6"
        return format(Decimal(value), f"{sign}.{shown_places or 0}{verb}")
    if verb == "x" and isinstance(value, str):
        return value.encode().hex()
    return None
