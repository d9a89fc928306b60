"""Exact comparisons of fields with numbers written in a statement.

A decimal(2) field holds 4.35 as 435. No value of it is 4.359; those below it are the ones up
to 435, those above begin with 436. A number beyond every value a field can hold decides all
or nothing.
"""

from decimal import Decimal

from roarbase.query.sql.tree import Operator

__all__ = ["exactly", "limits"]

_BEYOND = 60
"""Ten to this power is beyond 19 digits shifted by 18 places: larger numbers need no digits."""


def exactly(value: Decimal, scale: int) -> int | None:
    """The value in units of 10^-scale, or None if it is no whole number of them.

    >>> exactly(Decimal("4.35"), 2), exactly(Decimal("4.359"), 2)
    (435, None)
    """
    whole, is_exact = _floor(value, scale)
    return whole if is_exact else None


def limits(operator: Operator, value: Decimal, scale: int) -> tuple[int | None, int | None]:
    """The lowest and highest whole number of units that stands so to the value; None is open.

    >>> limits("<", Decimal("4.359"), 2), limits(">=", Decimal("4.359"), 2)
    ((None, 435), (436, None))
    """
    whole, is_exact = _floor(value, scale)
    if operator in ("<", "<="):
        return None, whole - 1 if is_exact and operator == "<" else whole
    return (whole if is_exact and operator == ">=" else whole + 1), None


def _floor(value: Decimal, scale: int) -> tuple[int, bool]:
    """The largest whole number of units not above the value, and whether it is the value."""
    if value and value.adjusted() > _BEYOND:
        value = Decimal(10).scaleb(_BEYOND).copy_sign(value)
    if value and value.adjusted() < -_BEYOND:
        value = Decimal(1).scaleb(-_BEYOND).copy_sign(value)
    sign, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits))
    shift = int(exponent) + scale
    if shift >= 0:
        whole, rest = int(text + "0" * shift), ""
    else:
        whole, rest = int(text[:shift] or "0"), text[shift:]
    is_exact = not rest.strip("0")
    return (-whole - (not is_exact) if sign else whole), is_exact
