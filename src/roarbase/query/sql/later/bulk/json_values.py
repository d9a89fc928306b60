"""Values out of JSON: what `json` gives for a line, or what stands in a column of Parquet, put in the same forms.

These are None, bools, strings, lists, objects, and `JsonNumber` for all numbers.
"""

import json
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, InvalidOperation
from itertools import islice
from typing import Any

from roarbase.query.sql.kinds import Kind, SqlType
from roarbase.query.sql.later.binding.kinds_of import SET_KINDS
from roarbase.query.sql.later.bulk.mapping import OutOfRange
from roarbase.query.sql.later.bulk.texts import in_range, value_of_text

__all__ = ["JsonNumber", "json_text", "value_of_json"]

_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
_MOST_DIGITS = 60
"""Numbers with more in front of the point are beyond every type, and not worked out."""
_TOLD_MEMBERS = 100
_TOLD_LEVELS = 8


class JsonNumber(str):
    """A number as it is written: with all its digits, and an exponent of any size."""

    __slots__ = ()


def value_of_json(value: Any, kind: SqlType) -> Any:
    """A value of JSON, not null, as one of a type.

    Raises:
        ValueError: It is none; `OutOfRange` if it is beyond the type.
    """
    if kind.kind == Kind.VECTOR and isinstance(value, list):
        if not all(isinstance(number, JsonNumber) for number in value):
            raise ValueError
        return value_of_text(f"[{', '.join(value)}]", kind)
    if kind.kind in SET_KINDS:
        members = value if isinstance(value, list) else [value]
        return tuple(dict.fromkeys(value_of_json(member, kind.member) for member in members))
    if isinstance(value, JsonNumber):
        return _of_number(value, kind)
    if isinstance(value, bool):
        return _of_truth(value, kind)
    if not isinstance(value, str):
        raise ValueError
    value.encode()  # half a surrogate pair is no text: a ValueError
    return value_of_text(value, kind)


def _of_truth(value: bool, kind: SqlType) -> bool | str:
    if kind.kind == Kind.STRING:
        return json_text(value)
    if kind.kind != Kind.BOOL:
        raise ValueError
    return value


def _of_number(text: JsonNumber, kind: SqlType) -> Any:
    if kind.kind == Kind.STRING:
        return str(text)
    if kind.kind == Kind.VECTOR:
        raise ValueError
    try:
        number = Decimal(text)
    except InvalidOperation:  # an exponent of very many digits
        raise OutOfRange from None
    if kind.kind == Kind.BOOL:
        if number in (0, 1):
            return bool(number)
        raise ValueError
    return _number(number, kind)


def _number(number: Decimal, kind: SqlType) -> int:
    if not number.is_finite():
        raise ValueError
    if number and number.adjusted() > _MOST_DIGITS:
        raise OutOfRange
    if kind.kind != Kind.DECIMAL and number != number.to_integral_value():
        raise ValueError
    return in_range(int(number.scaleb(kind.scale, _EXACT)), kind) if number else 0


def json_text(value: Any, levels: int = _TOLD_LEVELS) -> str:
    """A value as JSON, to be told; what a reader would not look at any more is left out."""
    if isinstance(value, list | dict) and not levels:
        return "…"
    if isinstance(value, list):
        return f"[{', '.join(json_text(each, levels - 1) for each in islice(value, _TOLD_MEMBERS))}]"
    if isinstance(value, dict):
        members = islice(value.items(), _TOLD_MEMBERS)
        return "{" + ", ".join(f"{_quoted(key)}: {json_text(each, levels - 1)}" for key, each in members) + "}"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, JsonNumber) else _quoted(str(value))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
