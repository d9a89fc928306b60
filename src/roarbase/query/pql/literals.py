"""The literals of PQL: numbers, words, strings, times and constants.

Source: PQL reference, lexical rules. The order of the alternatives is part of the language:
a number wins over a word, so `4x` is a number and something left over.
"""

import re
from decimal import Decimal

from roarbase.errors import StatementError
from roarbase.model.fields import INT64_MAX, INT64_MIN
from roarbase.query.pql.scanner import Scanner, statement_error

__all__ = [
    "CALL_NAME",
    "CALL_START",
    "FIELD_NAME",
    "ITEM",
    "MINUTE",
    "NUMBER",
    "TEXT",
    "broken_string",
    "integer",
    "number",
    "string",
]

_MINUTE = r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-9]{2}:[0-9]{2}"
_DECIMAL = r"-?(?:[0-9]++\.[0-9]*+|\.[0-9]++)"
_INTEGER = r"-?[0-9]++"
_STRING = r"""'(?:[^'\\\n]++|\\[\\nt'])*+'|"(?:[^"\\\n]++|\\[\\nt"])*+\""""
_OPENED = r"(?=[ \t\n]*+\()"

CALL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*+")
CALL_START = re.compile(rf"[A-Za-z][A-Za-z0-9]*+{_OPENED}")
FIELD_NAME = re.compile(r"[A-Za-zΘ_$][A-Za-zΘ0-9_-]*+")
MINUTE = re.compile(rf"(['\"]?)({_MINUTE})\1(?=[ \t\n]*+[,)])")
"""A time of the minute as an argument of its own."""
NUMBER = re.compile(rf"(?P<decimal>{_DECIMAL})|(?P<integer>{_INTEGER})")
TEXT = re.compile(_STRING)
ITEM = re.compile(
    r"(?P<constant>(?:null|true|false)(?=[ \t\n]*+[,)]))"
    r"|\$(?P<variable>[A-Za-z][A-Za-z0-9_]*+)"
    rf"|(?P<time>{_MINUTE})"
    rf"|(?P<decimal>{_DECIMAL})"
    rf"|(?P<integer>{_INTEGER})"
    rf"|(?P<call>[A-Za-z][A-Za-z0-9]*+{_OPENED})"
    r"|(?P<word>[A-Za-z0-9_:-]++)"
    rf"|(?P<string>{_STRING})"
)
"""One item; the name of the group that matched says which kind."""

_OPEN_STRING = re.compile(r"""'(?:[^'\\\n]++|\\[\\nt'])*+|"(?:[^"\\\n]++|\\[\\nt"])*+""")
_ESCAPED = re.compile(r"\\(.)")
_MEANINGS = {"n": "\n", "t": "\t"}

_MAXIMUM_DIGITS = 19
"""As many as the largest signed 64-bit integer has."""


def integer(scanner: Scanner, match: re.Match[str]) -> int:
    """The integer just read.

    Raises:
        StatementError: It is outside the signed 64-bit range.
    """
    digits = match.group()
    if len(digits) < _MAXIMUM_DIGITS:
        return int(digits)
    # A million digits would take int() a second; 19 decide.
    if len(digits.lstrip("-0")) <= _MAXIMUM_DIGITS:
        value = int(digits.lstrip("-").lstrip("0") or "0")
        value = -value if digits[0] == "-" else value
        if INT64_MIN <= value <= INT64_MAX:
            return value
    raise statement_error(scanner.text, match.start(), "integer is not in signed 64-bit range")


def number(scanner: Scanner, match: re.Match[str]) -> int | Decimal:
    """The number just read by `NUMBER` or `ITEM`.

    Decimals keep 19 digits, leading zeros of the whole part not counted; fraction digits beyond
    are dropped.

    Raises:
        StatementError: An integer, or the whole part of a decimal, has too many digits.
    """
    if match.lastgroup == "integer":
        return integer(scanner, match)
    sign = "-" if match.group().startswith("-") else ""
    whole, _, fraction = match.group().lstrip("-").partition(".")
    whole = whole.lstrip("0")
    if len(whole) > _MAXIMUM_DIGITS:
        raise statement_error(scanner.text, match.start(), "the decimal has more than 19 digits before its point")
    return Decimal(f"{sign}{whole or '0'}.{fraction[: _MAXIMUM_DIGITS - len(whole)]}")


def string(match: re.Match[str]) -> str:
    """The text that a quoted string stands for."""
    body = match.group()[1:-1]
    return _ESCAPED.sub(lambda m: _MEANINGS.get(m.group(1), m.group(1)), body) if "\\" in body else body


def broken_string(scanner: Scanner) -> StatementError | None:
    """Why the string that begins here is none; None if no string begins here."""
    match = scanner.look(_OPEN_STRING)
    if match is None:
        return None
    rest = scanner.text[match.end() : match.end() + 2]
    if rest.startswith("\\"):
        quote = match.group()[0]
        message = f"unknown escape {rest!r} in a string, expected one of \\\\ \\n \\t \\{quote}"
        return statement_error(scanner.text, match.end(), message)
    if rest.startswith("\n"):
        return statement_error(scanner.text, match.start(), "the string does not end on its line; write \\n instead")
    return statement_error(scanner.text, match.start(), "the string that begins here does not end")
