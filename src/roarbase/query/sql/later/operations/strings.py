"""String functions. Positions count from 0, in bytes of UTF-8; only LEN counts characters."""

from roarbase.query.sql.later.operations.operation import Operation, failure, out_of_range
from roarbase.query.sql.later.operations.verbs import formatted, written_number

__all__ = ["STRINGS"]

_LONGEST = 16 * 2**20
"""No function makes a longer text: nobody wants to wait for 2^60 blanks."""


def _cut(data: bytes) -> str:
    """Part of a text; where the cut goes through a character, that is shown as damaged."""
    return data.decode("utf-8", "replace")


def _substring(text: str, start: int, length: int | None = None) -> str:
    data = text.encode()
    if not 0 <= start < len(data):
        raise out_of_range(start)
    stop = len(data) if length is None else start + length
    if length is not None and not 0 <= length <= len(data) - start:
        raise out_of_range(length)
    return _cut(data[start:stop])


def _prefix(text: str, count: int) -> str:
    data = text.encode()
    if not 0 <= count <= len(data):
        raise out_of_range(count)
    return _cut(data[:count])


def _suffix(text: str, count: int) -> str:
    data = text.encode()
    if not 0 <= count <= len(data):
        raise out_of_range(count)
    return _cut(data[len(data) - count :])


def _split(text: str, separator: str, place: int = 0) -> str:
    parts = text.split(separator) if separator else [*text]
    if place <= 0:
        return parts[0] if parts else ""
    return parts[place] if place < len(parts) else ""


def _char(number: int) -> str:
    if not 0 <= number <= 255:
        raise out_of_range(number)
    return chr(number)


def _ascii(text: str) -> int:
    data = text.encode()
    if len(data) != 1:
        raise failure(f"value '{text}' should be of the length 1")
    return data[0]


def _replicate(text: str, count: int) -> str:
    if count < 0 or len(text) * count > _LONGEST:
        raise out_of_range(count)
    return text * count


def _space(count: int) -> str:
    return _replicate(" ", count)


def _index(part: str, text: str, start: int = 0) -> int:
    data = text.encode()
    if not 0 <= start < max(len(data), 1):
        raise out_of_range(start)
    return data.find(part.encode(), start)


def _replace(text: str, old: str, new: str) -> str:
    changed = text.count(old)
    if len(text) + changed * max(len(new) - len(old), 0) > _LONGEST:
        raise failure(f"the text would be longer than {_LONGEST} characters")
    return text.replace(old, new)


STRINGS = (
    Operation(name="reverse", plain=lambda text: text[::-1], never_fails=True),
    Operation(name="upper", plain=str.upper, never_fails=True),
    Operation(name="lower", plain=str.lower, never_fails=True),
    Operation(name="trim", plain=str.strip, never_fails=True),
    Operation(name="ltrim", plain=str.lstrip, never_fails=True),
    Operation(name="rtrim", plain=str.rstrip, never_fails=True),
    Operation(name="len", plain=len, text=lambda t: f"length({t[0]})", never_fails=True),
    Operation(name="substring", plain=_substring),
    Operation(name="prefix", plain=_prefix),
    Operation(name="suffix", plain=_suffix),
    Operation(name="replaceall", plain=_replace),
    Operation(name="stringsplit", plain=_split, never_fails=True),
    Operation(name="char", plain=_char),
    Operation(name="ascii", plain=_ascii),
    Operation(name="space", plain=_space),
    Operation(name="replicate", plain=_replicate),
    Operation(name="charindex", plain=_index),
    Operation(name="format", plain=formatted),
    Operation(name="str", plain=written_number),
)
