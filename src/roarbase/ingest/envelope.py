"""The envelope of an ingest request: `{"records": [...]}`, cut into the bytes of its records.

The decoder refuses a whole body for one lone surrogate escape, and does not look at the
encoding of text that it skips. Both are the fault of single records here: escapes are masked
by others of the same length before the body is cut, and each record that held one is told so.
"""

import re
from bisect import bisect_left
from dataclasses import dataclass, field

import msgspec
import numpy as np

from roarbase.errors import InvalidBody, PayloadTooLarge

__all__ = ["MAXIMUM_VALUES", "Envelope", "read_envelope"]

MAXIMUM_VALUES = 8_000_000
"""The most commas in a body. Each value takes some 70 bytes while it is decoded."""

_SURROGATE = re.compile(rb"\\u[dD](?:([89abAB])|[c-fC-F])[0-9a-fA-F]{2}")
"""Half of a surrogate pair, if its backslash is not itself escaped. Group 1 is there in a first half."""
_REPLACEMENT = rb"\ufffd"


class _Envelope(msgspec.Struct, gc=False):
    records: list[msgspec.Raw] | msgspec.UnsetType = msgspec.UNSET


_DECODER = msgspec.json.Decoder(_Envelope)


@dataclass(kw_only=True, slots=True)
class Envelope:
    """The records of a body, each as its bytes. `spoiled` are those that hold no proper text, and why."""

    records: list[msgspec.Raw]
    spoiled: dict[int, str] = field(default_factory=dict)


def read_envelope(body: bytes | bytearray, maximum_records: int) -> Envelope:
    """Cut a body into its records.

    Raises:
        InvalidBody: It is no JSON, or no object with a `records` array.
        PayloadTooLarge: It holds more records than allowed, or a preposterous number of values.
    """
    if body.count(b",") > MAXIMUM_VALUES:
        raise PayloadTooLarge(
            f"the body holds more than {MAXIMUM_VALUES} values; send fewer records at a time", limit=MAXIMUM_VALUES
        )
    try:
        records = _decode(body)
        envelope = Envelope(records=records)
    except msgspec.DecodeError as error:
        envelope = _read_masked(body, error)
    _check_count(len(envelope.records), maximum_records)
    _check_encoding(body, envelope)
    return envelope


def _decode(body: bytes | bytearray) -> list[msgspec.Raw]:
    try:
        records = _DECODER.decode(body)
    except msgspec.ValidationError as error:
        raise InvalidBody(f'the body must be an object such as {{"records": [...]}}: {error}') from error
    except RecursionError as error:
        raise InvalidBody("the body is nested too deeply") from error
    if records.records is msgspec.UNSET:
        raise InvalidBody("the body has no member $.records, which must be an array")
    return records.records


def _read_masked(body: bytes | bytearray, error: msgspec.DecodeError) -> Envelope:
    """Read a body whose lone surrogates are masked, if it has any."""
    lone = _lone_surrogates(body)
    if not lone:
        raise _not_json(body, error) from error
    edited = bytearray(body)
    for start in lone:
        edited[start : start + len(_REPLACEMENT)] = _REPLACEMENT
    masked = bytes(edited)
    try:
        envelope = Envelope(records=_decode(masked))
    except msgspec.DecodeError as second:
        raise _not_json(body, second) from second
    for index, record in enumerate(envelope.records):
        if _REPLACEMENT in bytes(record):
            offset = _first_inside(lone, _address(record) - _address(masked), len(bytes(record)))
            if offset is not None:
                envelope.spoiled[index] = (
                    f"the record holds half of a surrogate pair, {body[offset : offset + 6].decode()}; "
                    "a character beyond U+FFFF is written as two such escapes"
                )
    return envelope


def _lone_surrogates(body: bytes | bytearray) -> list[int]:
    """Where an escape stands for half of a surrogate pair whose other half is not beside it, in order."""
    lone: list[int] = []
    first_half = -1  # the first half just seen, until its second half is
    for match in _SURROGATE.finditer(body):
        start = match.start()
        if _is_escaped(body, start):
            continue
        is_second = match[1] is None
        is_pair = is_second and first_half >= 0 and start == first_half + len(_REPLACEMENT)
        if first_half >= 0 and not is_pair:
            lone.append(first_half)
        if is_second and not is_pair:
            lone.append(start)
        first_half = -1 if is_second else start
    return lone + [first_half] * (first_half >= 0)


def _is_escaped(body: bytes | bytearray, offset: int) -> bool:
    """Whether an odd number of backslashes stands before the one at `offset`. Linear over all offsets
    of a body: runs of backslashes do not overlap."""
    start = offset
    while start and body[start - 1] == 0x5C:
        start -= 1
    return (offset - start) % 2 == 1


def _not_json(body: bytes | bytearray, error: msgspec.DecodeError) -> InvalidBody:
    if not body.strip():
        return InvalidBody('the body is empty, it must be an object such as {"records": [...]}')
    return InvalidBody(f"the body of {len(body)} bytes is not JSON: {error}")


def _first_inside(offsets: list[int], start: int, length: int) -> int | None:
    """The first of the sorted offsets that lies in a stretch of the body."""
    index = bisect_left(offsets, start)
    return offsets[index] if index < len(offsets) and offsets[index] < start + length else None


def _address(view: bytes | msgspec.Raw) -> int:
    """Where in memory the bytes stand: records are views of the body they were cut from."""
    return int(np.frombuffer(view, np.uint8).ctypes.data)


def _check_count(count: int, maximum: int) -> None:
    if count > maximum:
        raise PayloadTooLarge(
            f"Request exceeded record count limit: {count} records, at most {maximum} (setting request_records)",
            limit=maximum,
            setting="request_records",
        )


def _check_encoding(body: bytes | bytearray, envelope: Envelope) -> None:
    """Find the records with bytes that are no UTF-8."""
    if body.isascii():
        return
    try:
        str(body, "utf-8")
    except UnicodeDecodeError as error:
        place = error.start
    else:
        return
    count = len(envelope.spoiled)
    for index, record in enumerate(envelope.records):
        try:
            str(record, "utf-8")
        except UnicodeDecodeError as error:
            envelope.spoiled[index] = (
                f"the record is not UTF-8: byte 0x{error.object[error.start]:02x} at byte {error.start} of the record"
            )
    if len(envelope.spoiled) == count:
        raise InvalidBody(f"the body is not UTF-8 (byte {place})")
