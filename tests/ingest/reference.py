"""The plain decoder: one record at a time, by the words of the documentation. The model of the fast one."""

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

from tests.ingest.reading import CLEAR

MISSING = object()
NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
RFC_3339 = re.compile(
    "([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})"
)
DATE = re.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})()()()()()")
SECONDS = -62_135_596_799, 253_402_300_799
WORDS = {"1": 1, "t": 1, "true": 1, "0": 0, "f": 0, "false": 0}


class Refused(Exception):
    """The record is refused, with this code."""


def decode_record(schema, text):
    """What a record stores as {field: value}, with its `_id`; raises Refused."""
    record = json.loads(text, parse_float=Decimal)
    if not isinstance(record, dict) or not isinstance(record.get("value"), dict):
        raise Refused("InvalidBody")
    found = {d.name: look_up(record["value"], d.path) for d in schema.definitions}
    result = {}
    for definition in schema.definitions:
        value = found[definition.name]
        is_key = definition.name == schema.id_field or definition.name in schema.primary_key_fields
        if value is MISSING and (is_key or not schema.allow_missing_fields):
            raise Refused("MissingParameter")
        read = convert(definition, value)
        if is_key and read in (MISSING, CLEAR) and not (definition.type == "string" and value == ""):
            raise Refused("MissingParameter")
        if definition in schema.stored and read is not MISSING and read != []:
            is_many = definition.spec.type.is_multivalued
            if read is not CLEAR or not is_many:
                result[definition.name] = [read] if is_many and not isinstance(read, list) else read
        found[definition.name] = read
    add_times(schema, found, result)
    if schema.id_field:
        return {"_id": found[schema.id_field]} | result
    kinds = {d.name: d for d in schema.definitions}
    key = "|".join(key_text(kinds[name], found[name]) for name in schema.primary_key_fields)
    if not key:
        raise Refused("MissingParameter")
    return {"_id": key} | result


def add_times(schema, found, result):
    """The record's time beside each field that keeps times."""
    for definition in schema.definitions:
        if definition.type == "recordTime":
            when = found[definition.name]
            if when is CLEAR:
                raise Refused("InvalidParameter")
            timed = [d.name for d in schema.stored if d.spec.quantum and d.name in result]
            result |= {f"{name}@": when for name in timed if when is not MISSING}


def look_up(value, path):
    for key in path:
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Refused("InvalidBody")
        if key not in value:
            return MISSING
        value = value[key]
    return value


def convert(definition, value):
    if value is MISSING:
        return MISSING
    if value is None:
        return CLEAR
    return READERS[definition.type](value, definition.spec)


def number(value, scale=0):
    if isinstance(value, str):
        text = value.strip(" \t\r\n")
        if not text:
            return MISSING
        if not NUMBER.fullmatch(text):
            raise Refused("InvalidParameter")
        value = Decimal(text)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Refused("InvalidParameter")
    exact = Fraction(value) * 10**scale
    return int(exact)


def in_range(found, low, high):
    if found is not MISSING and not low <= found <= high:
        raise Refused("InvalidParameter")
    return found


def read_id(value, _spec):
    return in_range(number(value), 0, 2**64 - 2)


def read_ids(value, spec):
    if isinstance(value, str):
        text = value.strip()
        text = text[1:-1] if text[:1] == "[" and text[-1:] == "]" else text
        value = text.split(",") if text.strip() else []
    if not isinstance(value, list):
        raise Refused("InvalidParameter")
    found = [read_id(element, spec) for element in value]
    if MISSING in found:
        raise Refused("InvalidParameter")
    return found


def read_string(value, _spec):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        text = f"{Decimal(value):f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text == "-0" else text
    if not isinstance(value, str):
        raise Refused("InvalidParameter")
    return value or MISSING


def read_strings(value, _spec):
    if isinstance(value, str):
        value = (value[1:-1] if value[:1] == "[" and value[-1:] == "]" else value).split(",")
    if not isinstance(value, list) or not all(isinstance(element, str) for element in value):
        raise Refused("InvalidParameter")
    return [element for element in value if element]


def read_bool(value, _spec):
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        word = value.strip().lower()
        if word and word not in WORDS:
            raise Refused("InvalidParameter")
        return WORDS[word] if word else MISSING
    return int(number(value) != 0)


def read_int(value, spec):
    if spec.foreign_index:
        return read_string(value, spec)
    low = -(2**63) if spec.minimum is None else spec.minimum
    return in_range(number(value), low, 2**63 - 1 if spec.maximum is None else spec.maximum)


def read_decimal(value, spec):
    return in_range(number(value, spec.scale), -(2**63), 2**63 - 1)


def moment(value, *forms):
    """A text's seconds since 1970, exactly to the nanosecond."""
    if not isinstance(value, str):
        raise Refused("InvalidParameter")
    if not value.strip():
        return MISSING
    match = next((found for form in forms if (found := form.fullmatch(value))), None)
    if match is None:
        raise Refused("InvalidParameter")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction, zone = match[7] or "", match[8] or "Z"
    try:
        passed = datetime(year, month, day, hour, minute, second) - datetime(1970, 1, 1)
    except ValueError:
        raise Refused("InvalidParameter") from None
    offset = 0 if zone == "Z" else (int(zone[1:3]) * 60 + int(zone[4:])) * 60 * (-1 if zone[0] == "-" else 1)
    if zone != "Z" and (int(zone[1:3]) > 24 or int(zone[4:]) > 59):
        raise Refused("InvalidParameter")
    return Fraction((fraction[:9] and f"0.{fraction[:9]}") or 0) + (passed // timedelta(seconds=1) - offset)


def read_timestamp(value, spec):
    seconds = moment(value, RFC_3339)
    return seconds if seconds is MISSING else floor(in_range(seconds, *SECONDS) * 10**spec.places)


def read_record_time(value, _spec):
    seconds = moment(value, RFC_3339)
    return seconds if seconds is MISSING else in_range(floor(seconds), *SECONDS)


def read_day(value, _spec):
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        if value != int(value):
            raise Refused("InvalidParameter")
        return in_range(int(value), -(2**63), 2**63 - 1)
    if value == "0000-00-00":
        return -719_162
    seconds = moment(value, RFC_3339, DATE)
    return seconds if seconds is MISSING else int(seconds / 86_400)


READERS = {
    "timestamp": read_timestamp,
    "recordTime": read_record_time,
    "dateInt": read_day,
    "id": read_id,
    "ids": read_ids,
    "string": read_string,
    "strings": read_strings,
    "bool": read_bool,
    "int": read_int,
    "decimal": read_decimal,
}


def key_text(definition, value):
    if value is MISSING:
        return ""
    if definition.type == "bool":
        return "true" if value else "false"
    if definition.type == "decimal":
        return read_string(Decimal(value).scaleb(-definition.spec.scale), None)
    return str(value)
