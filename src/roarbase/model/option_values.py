"""How the value of one option is read from JSON: a function each, or a function that makes them.

Each takes the object it stands in, the member's name there, and the field as far as it is known.
It gives the value as FieldSpec keeps it; None where nothing is given, or something wrong: that is
noted with the object's problems.
"""

import re
from collections.abc import Callable
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation

from roarbase.model.durations import duration_ns
from roarbase.model.fields import INT64_MAX, INT64_MIN, FieldSpec, FieldType
from roarbase.model.options import Options, describe_kind
from roarbase.model.timestamps import is_in_range, timestamp_seconds, timestamp_text

__all__ = [
    "Read",
    "as_number",
    "one_of",
    "read_bound",
    "read_epoch",
    "read_flag",
    "read_quantum",
    "read_text",
    "read_ttl",
    "shown_bound",
    "whole_number",
]

Read = Callable[[Options, str, FieldSpec], object]

_CALENDAR = "YMDH"
_NUMERAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.ASCII)
# 40 digits hold every 64-bit number at every scale; whatever is lost or too long is an exception.
_EXACTLY = Context(prec=40, traps=[Inexact, InvalidOperation])


def as_number(text: str) -> Decimal | float:
    """A fraction or exponent in JSON, exactly: a decoder's `float_hook`. Beyond all numbers it is infinity."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return float(text)


def read_text(options: Options, member: str, _: FieldSpec) -> object:
    return options.text(member) or None


def read_flag(options: Options, member: str, _: FieldSpec) -> object:
    return options.flag(member) if options.has(member) else None


def one_of(*words: str) -> Read:
    """Reads one of these words."""

    def read(options: Options, member: str, _: FieldSpec) -> object:
        word = options.text(member)
        if word and word not in words:
            options.refuse(member, f"is {word!r:.80}, it must be one of {', '.join(words)}")
        return word if word in words else None

    return read


def whole_number(low: int, high: int) -> Read:
    """Reads an integer of this range, ends included."""
    return lambda options, member, _: options.integer(member, low, high)


def read_quantum(options: Options, member: str, _: FieldSpec) -> object:
    quantum = options.text(member)
    if quantum not in _CALENDAR:
        options.refuse(member, f"is {quantum!r:.80}, it must be some of Y, M, D, H in this order without a gap")
        return None
    return quantum or None


def read_ttl(options: Options, member: str, _: FieldSpec) -> object:
    ttl = options.text(member)
    length_ns = duration_ns(ttl) if ttl else 0
    if length_ns is None or length_ns < 0:
        options.refuse(member, f"is {ttl!r:.80}, it must be a duration such as '720h' or '1h30m'")
        return None
    return ttl or None


def read_epoch(options: Options, member: str, spec: FieldSpec) -> object:
    text = options.text(member)
    return text if text and _moment(options, member, text, spec) is not None else None


def read_bound(options: Options, member: str, spec: FieldSpec) -> object:
    """A number as the field stores it: an int as it is, decimals scaled, moments counted from 1970."""
    if spec.type is FieldType.INT:
        return options.integer(member, INT64_MIN, INT64_MAX)
    if not options.has(member):
        return None
    return (_read_decimal if spec.type is FieldType.DECIMAL else _read_moment)(options, member, spec)


def shown_bound(number: int | None, spec: FieldSpec) -> object:
    """A stored bound as `read_bound` reads it: an int, a Decimal, or the text of a moment. None stays None."""
    if number is None or spec.type is FieldType.INT:
        return number
    if spec.type is FieldType.TIMESTAMP:
        return timestamp_text(number, spec.places)
    return Decimal(number).scaleb(-spec.scale)


def _read_decimal(options: Options, member: str, spec: FieldSpec) -> int | None:
    value = options.get(member)
    number = _as_decimal(value)
    if number is None:
        options.refuse(member, f"is {_described(value)}, it must be a number such as -12.5")
        return None
    try:
        scaled = int(number.quantize(Decimal(1).scaleb(-spec.scale), context=_EXACTLY).scaleb(spec.scale, _EXACTLY))
    except DecimalException:
        scaled = INT64_MAX + 1
    if INT64_MIN <= scaled <= INT64_MAX:
        return scaled
    low, high = shown_bound(INT64_MIN, spec), shown_bound(INT64_MAX, spec)
    options.refuse(member, f"is {number!s:.40}, it must be from {low} to {high} with at most {spec.scale} decimals")
    return None


def _as_decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    text = str(value)
    if isinstance(value, str) and not _NUMERAL.fullmatch(text):
        return None
    return Decimal(text)


def _read_moment(options: Options, member: str, spec: FieldSpec) -> int | None:
    value = options.get(member)
    if isinstance(value, str):
        seconds = _moment(options, member, value, spec)
        if seconds is None:
            return None
        number = int(seconds.scaleb(spec.places))
    elif isinstance(value, int) and not isinstance(value, bool):
        number = spec.epoch_units + value
    else:
        options.refuse(
            member,
            f"is {_described(value)}, it must be a moment such as '2022-06-30T00:00:00Z', or how many {spec.unit} "
            "it is after the epoch",
        )
        return None
    if INT64_MIN <= number <= INT64_MAX:
        moment = Decimal(number).scaleb(-spec.places)
        if is_in_range(moment, spec.unit):
            return number
    options.refuse(member, f"is {value!s:.40}, outside of what a timestamp in {spec.unit} can be")
    return None


def _moment(options: Options, member: str, text: str, spec: FieldSpec) -> Decimal | None:
    """Seconds since 1970, whole in the field's unit."""
    seconds = timestamp_seconds(text)
    if seconds is None:
        options.refuse(member, f"is {text!r:.80}, it must be a moment as RFC 3339 such as '2022-06-30T00:00:00Z'")
    elif seconds % Decimal(1).scaleb(-spec.places):
        options.refuse(member, f"is {text!r:.80}, finer than the field's unit, {spec.unit}")
    elif not is_in_range(seconds, spec.unit):
        options.refuse(member, f"is {text!r:.80}, outside of what a timestamp in {spec.unit} can be")
    else:
        return seconds
    return None


def _described(value: object) -> str:
    return repr(value)[:80] if isinstance(value, str) else describe_kind(value)
