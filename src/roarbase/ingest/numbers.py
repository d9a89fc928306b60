"""Exact numbers out of JSON tokens: no float is ever made.

Two readers with the same meaning. `exact` reads one token with string arithmetic and is
obviously right. `Ordinary` reads a whole column of usual tokens (an optional minus, up to 19
digits, at most one point, in quotes or not) with numpy, and says which tokens it left alone.

A number at scale s is the integer value * 10^s; digits beyond are cut toward zero.
"""

import re

import numpy as np
from numpy.typing import NDArray

from roarbase.ingest.text import text_of_string
from roarbase.ingest.tokens import Tokens

__all__ = ["BEYOND", "NotANumber", "Ordinary", "exact", "plain_text"]

BEYOND = 10**40
"""Stands for any number of this size or more: outside the range of every type."""

_BEYOND_DIGITS = 40
_PLAIN_TEXT_DIGITS = 400
_MAXIMUM_DIGITS = 19
"""Every number of 19 digits fits an unsigned 64-bit integer."""
_POWERS = 10 ** np.arange(_MAXIMUM_DIGITS + 1, dtype=np.uint64)
_INT64_MAX = np.uint64(2**63 - 1)

_NUMBER = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
_TEXT_NUMBER = re.compile(r"([+-]?)([0-9]*)(?:\.([0-9]*))?()")
_BLANKS = " \t\r\n"


class NotANumber(ValueError):
    """The token is no number."""


def _parts(token: bytes) -> tuple[str, str, int] | None:
    """Sign, digits and exponent: the number is sign digits * 10^exponent. None: a blank string.

    The exponent is clamped to what a body can make up for by digits.
    """
    if token[:1] == b'"':
        text = text_of_string(token).strip(_BLANKS)
        if not text:
            return None
        match = _TEXT_NUMBER.fullmatch(text)
    else:
        match = _NUMBER.fullmatch(token.decode("ascii", "replace"))
    if match is None or not (match[2] or match[3]):
        raise NotANumber
    sign, whole, fraction, power = match[1], match[2], match[3] or "", match[4] or "0"
    exponent = int(power) if len(power) <= 10 else (-(10**10) if power[0] == "-" else 10**10)
    return sign, (whole + fraction).lstrip("0"), exponent - len(fraction)


def exact(token: bytes, scale: int) -> int | None:
    """The number in one JSON token, times 10^scale, cut toward zero. None: a blank string.

    JSON numbers may have an exponent, numbers in strings may not; they may have a plus sign
    and blanks around them. What is outside +-10^40 comes back as that.

    Raises:
        NotANumber: The token is something else.

    >>> exact(b"4.35", 2), exact(b'" -12.509 "', 2), exact(b"1e3", 0), exact(b'""', 0)
    (435, -1250, 1000, None)
    """
    parts = _parts(token)
    if parts is None:
        return None
    sign, digits, exponent = parts
    kept = len(digits) + exponent + scale
    if not digits or kept <= 0:
        return 0
    magnitude = BEYOND if kept > _BEYOND_DIGITS else int(digits[:kept].ljust(kept, "0"))
    return -magnitude if sign == "-" else magnitude


def plain_text(token: bytes) -> str:
    """A JSON number written out: no exponent, no zeros without meaning.

    Raises:
        NotANumber: The token is something else, or has an exponent beyond 400 digits.

    >>> plain_text(b"1e6"), plain_text(b"1.50"), plain_text(b"-0.0"), plain_text(b"25e-4")
    ('1000000', '1.5', '0', '0.0025')
    """
    parts = _parts(token)
    if parts is None:
        raise NotANumber
    sign, digits, exponent = parts
    if not digits:
        return "0"
    exponent += len(digits) - len(digits.rstrip("0"))
    digits = digits.rstrip("0")
    if exponent > _PLAIN_TEXT_DIGITS or len(digits) < -exponent - _PLAIN_TEXT_DIGITS:
        raise NotANumber
    if exponent >= 0:
        text = digits + "0" * exponent
    else:
        padded = digits.rjust(1 - exponent, "0")
        text = f"{padded[:exponent]}.{padded[exponent:]}"
    return f"-{text}" if sign == "-" else text


class Ordinary:
    """The usual numbers of a column.

    Attributes:
        are_read: Which tokens were understood; the rest is for `exact`.
        are_negative: Those with a minus sign.
        magnitudes: All digits of a token as one number.
        decimals: How many of them stand behind the point.
    """

    def __init__(self, tokens: Tokens) -> None:
        starts, lengths = tokens.starts, tokens.lengths
        is_quoted = tokens.begin_with('"')
        if is_quoted.any():
            starts, lengths = starts + is_quoted, lengths - 2 * is_quoted
        self.are_negative: NDArray[np.bool_] = tokens.text[starts] == ord("-")
        if self.are_negative.any():
            starts, lengths = starts + self.are_negative, lengths - self.are_negative
        self._read(tokens.text, starts, lengths)

    def _read(self, text: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> None:
        """Take one character of every token per step, as one reads a number aloud."""
        size = len(starts)
        is_read = (lengths > 0) & (lengths <= _MAXIMUM_DIGITS + 1)
        magnitudes = np.zeros(size, np.uint64)
        digits = np.zeros(size, np.int64)
        points = np.zeros(size, np.int64)
        decimals = np.zeros(size, np.int64)
        for step in range(int(lengths[is_read].max(initial=0))):
            is_inside = lengths > step
            figures = text[starts + np.where(is_read, step, 0)] - np.uint8(ord("0"))
            is_digit = (figures <= 9) & is_inside
            is_point = (figures == _POINT) & is_inside
            magnitudes = np.where(is_digit, magnitudes * np.uint64(10) + figures, magnitudes)
            digits += is_digit
            points += is_point
            decimals += is_digit & (points > 0)
            is_read &= is_digit | is_point | ~is_inside
        self.are_read: NDArray[np.bool_] = is_read & (digits > 0) & (digits <= _MAXIMUM_DIGITS) & (points <= 1)
        self.magnitudes: NDArray[np.uint64] = magnitudes
        self.decimals: NDArray[np.int64] = decimals

    def whole(self) -> NDArray[np.uint64]:
        """The magnitudes with their decimals cut off."""
        return self.magnitudes // _POWERS[self.decimals]

    def scaled(self, scale: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The numbers times 10^scale, cut toward zero, and which of them fit 64 bits."""
        shifts = scale - self.decimals
        factors = _POWERS[np.maximum(shifts, 0)]
        magnitudes = self.magnitudes // _POWERS[np.maximum(-shifts, 0)]
        fits = magnitudes <= _INT64_MAX // factors
        values = np.where(fits, magnitudes * factors, 0).astype(np.int64)
        return np.where(self.are_negative, -values, values), fits


_POINT = np.uint8((ord(".") - ord("0")) % 256)
